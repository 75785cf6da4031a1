/**
 * The attempts of shards: requests, their late answers, and client-rust's rules of what follows
 * from an error (src/request/plan.rs). A state machine rather than a task for each shard: most of a
 * run under faults is attempts.
 */
import { assert, unreachable } from "../../sim/assert.ts";
import type { Machine, ProcessId } from "../../sim/process.ts";
import { type RegionError, regionErrorMessage } from "../errors.ts";
import { eventKinds } from "../events.ts";
import {
  type ErrorClass,
  errorClasses,
  Request,
  type RequestBody,
  type Response,
  responseSize,
  statuses,
  wireKinds,
} from "../wire.ts";
import type { Answer } from "./answers.ts";
import { OneByOne } from "./gatherings.ts";
import type { Operation } from "./operation.ts";
import type { CachedRegion, RegionCache } from "./region-cache.ts";
import type { Sender, ShardRun } from "./shard-run.ts";
import { bodyOf, divide, isSentOnce, isWriting, regionOf, requestSize } from "./shards.ts";

export type AttemptOptions = {
  /** The process of a store. */
  readonly processOf: (store: number) => ProcessId;
  /** One RPC's deadline: client-rust's default is 2 s. */
  readonly rpcTimeoutUs: number;
  readonly retriesUndetermined: boolean;
  /** client-rust's decode limit for one response, bytes. */
  readonly responseBytesMax: number;
};

/** The connection was refused: the request was certainly not delivered. */
export const refusal: unique symbol = Symbol("refused");

/** What came of one request: undefined after the timeout. */
export type Reply = Response | typeof refusal | undefined;

const timers = { late: 0, again: 1 } as const;

/** A limit of its own: leader hints that point in circles cost no back-off. */
const attemptsMax = 64;

/** Errors that say: some of it may happen yet. */
const openClasses: readonly ErrorClass[] = [errorClasses.undetermined, errorClasses.deadline];

/** The requests of one client. */
export class Attempts implements Sender {
  readonly #machine: Machine;
  readonly #options: AttemptOptions;
  readonly #cache: RegionCache;
  /** Those that wait for their answer, in order of sending, hence of their numbers. */
  readonly #pending: ShardRun[] = [];
  /** Those that wait for their next attempt, by the number of their timer. */
  readonly #resting: (ShardRun | null)[] = [];
  readonly #freeRests: number[] = [];
  /** When the one timer that looks for late answers is due; Infinity: it is not armed. */
  #watchUs = Number.POSITIVE_INFINITY;
  #rpc = 0;

  constructor(machine: Machine, options: AttemptOptions, cache: RegionCache) {
    this.#machine = machine;
    this.#options = options;
    this.#cache = cache;
  }

  /** How many requests wait for their answer. */
  get pending(): number {
    return this.#pending.length;
  }

  /** How many requests were sent. */
  get sent(): number {
    return this.#rpc;
  }

  /** Sends once; what comes of it comes by `settle`, or by the timer after the timeout. */
  begin(shard: ShardRun): void {
    const machine = this.#machine;
    const { run, cached } = shard;
    const nowUs = machine.monotonicUs();
    const body = shard.body ?? bodyFor(shard);
    const { region } = cached;
    const store = cached.target();
    run.asked = region;
    const timeoutUs = Math.max(1, Math.min(run.deadlineUs - nowUs, this.#options.rpcTimeoutUs));
    const rpc = ++this.#rpc;
    const request = new Request(run.id, rpc, timeoutUs, cached.contextFor(store), body);
    machine.emit(eventKinds.clientSent, run.id, run.attempts++, region.id, store);
    const to = this.#options.processOf(store);
    machine.send(to, wireKinds.request, request, shard.sizeBytes);
    shard.rpc = rpc;
    shard.dueUs = nowUs + timeoutUs;
    this.#pending.push(shard);
    this.#watch(shard.dueUs, nowUs);
  }

  /** A request was answered or refused. */
  settle(rpc: number, reply: Response | typeof refusal): void {
    const pending = this.#pending;
    for (let at = pending.length - 1; at >= 0; at--) {
      const shard = pending[at] as ShardRun;
      if (shard.rpc !== rpc) continue;
      for (let later = at + 1; later < pending.length; later++) {
        pending[later - 1] = pending[later] as ShardRun;
      }
      pending.pop();
      this.#replied(shard, reply);
      return;
    }
    // Timed out before: nobody waits any more.
  }

  timer(kind: number, number: number): void {
    if (kind === timers.late) this.#sweep();
    else {
      const shard = this.#resting[number];
      assert(shard != null, "a timer of a rest belongs to somebody");
      this.#resting[number] = null;
      this.#freeRests.push(number);
      this.#again(shard);
    }
  }

  /**
   * Some request may be out of time: one timer for all of them, since most are answered long
   * before.
   */
  #sweep(): void {
    const nowUs = this.#machine.monotonicUs();
    const pending = this.#pending;
    const late: ShardRun[] = [];
    let kept = 0;
    let nextUs = Number.POSITIVE_INFINITY;
    for (const shard of pending) {
      if (shard.dueUs <= nowUs) late.push(shard);
      else {
        pending[kept++] = shard;
        nextUs = Math.min(nextUs, shard.dueUs);
      }
    }
    while (pending.length > kept) pending.pop();
    this.#watchUs = Number.POSITIVE_INFINITY;
    if (nextUs < Number.POSITIVE_INFINITY) this.#watch(nextUs, nowUs);
    for (const shard of late) this.#replied(shard, undefined);
  }

  #watch(dueUs: number, nowUs: number): void {
    if (dueUs >= this.#watchUs) return;
    this.#watchUs = dueUs;
    this.#machine.arm(dueUs - nowUs, timers.late, 0);
  }

  #replied(shard: ShardRun, reply: Reply): void {
    const answer = this.#follow(shard, reply);
    if (answer !== null) {
      shard.gathering.answered(shard.at, answer);
      return;
    }
    const { run, delayUs } = shard;
    const isOver = this.#machine.monotonicUs() + delayUs >= run.deadlineUs;
    if (isOver || run.attempts >= attemptsMax) {
      const text = `deadline exceeded, last: ${reasonText(shard.reason)}`;
      shard.gathering.answered(shard.at, { kind: "error", text });
    } else if (delayUs === 0) this.#again(shard);
    else {
      const number = this.#freeRests.pop() ?? this.#resting.length;
      this.#resting[number] = shard;
      this.#machine.arm(delayUs, timers.again, number);
    }
  }

  /** The next attempt, in the regions as they are known by now. */
  #again(shard: ShardRun): void {
    const whole = sameRegion(shard) ?? regionOf(shard.part, this.#cache);
    if (whole !== null) {
      shard.cached = whole;
      this.begin(shard);
      return;
    }
    const shards = divide(shard.part, this.#cache);
    const [only] = shards;
    if (only === undefined || shards.length > 1) new OneByOne(this, shard, shards).next();
    else {
      shard.cached = only.cached;
      shard.part = only.part;
      shard.body = null;
      this.begin(shard);
    }
  }

  /** What follows from a reply: the answer, or null for another attempt. */
  #follow(shard: ShardRun, reply: Reply): Answer | null {
    const { cached, part, run } = shard;
    if (reply === refusal) {
      this.#cache.drop(cached);
      return retry(shard, "connection refused");
    }
    const text = this.#lossOf(reply);
    if (text !== null) {
      this.#cache.drop(cached);
      // A write may have happened: client-rust sends it again all the same.
      if (isWriting(part) && !this.#options.retriesUndetermined) return { kind: "unknown", text };
      if (isSentOnce(part)) return unknown(text);
      if (isWriting(part)) run.isUndetermined = true;
      return retry(shard, text);
    }
    assert(reply !== undefined, "no reply at all is a loss");
    if (reply.regionError !== null) {
      const next = this.#regionError(shard, reply.regionError);
      // It comes from a storage call of the plugin, which may have written before.
      if (next === null && isSentOnce(part)) return unknown(reasonText(shard.reason));
      return next;
    }
    const failure = failureOf(reply);
    if (failure !== "") {
      const isOpen = openClasses.includes(reply.errorClass);
      return { kind: isOpen ? "unknown" : "error", text: failure };
    }
    return { kind: "part", response: reply, ranges: rangesOf(part) };
  }

  /** Why gRPC has no response to give, or null; the request itself may have been carried out. */
  #lossOf(reply: Response | undefined): string | null {
    if (reply === undefined) return "deadline exceeded";
    if (reply.status !== statuses.ok) return "unavailable";
    if (reply.regionError !== null) return null; // A small message, and what most attempts end in.
    const sizeBytes = responseSize(reply);
    if (sizeBytes <= this.#options.responseBytesMax) return null;
    return `message length too large: found ${sizeBytes} bytes`;
  }

  #regionError(shard: ShardRun, error: RegionError): Answer | null {
    const { cached } = shard;
    switch (error.kind) {
      case "notLeader":
        if (error.leaderStore !== 0) {
          cached.leaderStore = error.leaderStore;
          shard.reason = error;
          shard.delayUs = 0;
          return null;
        }
        this.#cache.drop(cached);
        return retry(shard, error);
      case "epochNotMatch":
        this.#learn(cached, error.currentRegions);
        return retry(shard, error);
      case "serverIsBusy":
      case "raftEntryTooLarge":
      case "flashbackInProgress":
        return { kind: "error", text: regionErrorMessage(error) };
      case "regionNotFound":
      case "keyNotInRegion":
      case "staleCommand":
      case "storeNotMatch":
      case "readIndexNotReady":
      case "regionNotInitialized":
      case "mismatchPeerId":
      case "diskFull":
      case "messageOnly":
        this.#cache.drop(cached);
        return retry(shard, error);
      default:
        return unreachable(error);
    }
  }

  /** A store told of its regions; nothing is learnt from one that is behind. */
  #learn(
    cached: CachedRegion,
    current: (RegionError & { kind: "epochNotMatch" })["currentRegions"],
  ): void {
    const own = current[0];
    if (own !== undefined && own.version < cached.region.version) return;
    this.#cache.install(current);
    if (current.length === 0) this.#cache.drop(cached);
  }
}

/**
 * The region that a shard's part was made for, if the cache still finds it; else null. A reverse
 * scan looks again: on the way to its region it learns of others.
 */
function sameRegion({ cached, part }: ShardRun): CachedRegion | null {
  return cached.isCached && !(part.kind === "scan" && part.reverse) ? cached : null;
}

/** What is asked, made before the first attempt. */
function bodyFor(shard: ShardRun): RequestBody {
  const body = bodyOf(shard.part);
  shard.body = body;
  shard.sizeBytes = requestSize(body);
  return body;
}

/** Null, and the shard waits as the back-off says before the next attempt; or it gives up. */
function retry(shard: ShardRun, reason: RegionError | string): Answer | null {
  const delayUs = shard.backoff.next();
  if (delayUs === null) return { kind: "error", text: reasonText(reason) };
  shard.delayUs = delayUs;
  shard.reason = reason;
  return null;
}

/** Made only where somebody reads it: most refusals are followed by another attempt. */
function reasonText(reason: RegionError | string): string {
  return typeof reason === "string" ? reason : regionErrorMessage(reason);
}

const unknown = (text: string): Answer => ({ kind: "unknown", text });

/** The error text of a response or of the first of its keys that has one; "" = none. */
function failureOf({ error, errors }: Response): string {
  if (error !== "") return error;
  for (let at = 0; at < errors.length; at++) if (errors[at] !== "") return errors[at] as string;
  return "";
}

const noRanges: readonly never[] = Object.freeze([]);

function rangesOf(part: Operation): (Operation & { kind: "coprocessor" })["ranges"] {
  return part.kind === "coprocessor" ? part.ranges : noRanges;
}
