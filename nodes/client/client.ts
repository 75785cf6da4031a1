/**
 * A client of the cluster: region cache, retries and back-off of client-rust (src/request/plan.rs),
 * deadlines, and an honest outcome. It differs from client-rust in one thing: a write whose fate is
 * not known is not sent again, because a late duplicate would break linearizability legitimately;
 * `retriesUndetermined` brings client-rust's behaviour back.
 */
import { invalidSemverText, parseClientRequirement } from "../../plugins/index.ts";
import { assert, unreachable } from "../../sim/assert.ts";
import type { Machine, Process, ProcessId, Task, TaskToken } from "../../sim/process.ts";
import { type RegionError, regionErrorMessage } from "../errors.ts";
import { eventKinds } from "../events.ts";
import type { Region } from "../region.ts";
import {
  type ErrorClass,
  errorClasses,
  type Request,
  type Response,
  responseSize,
  statuses,
  wireKinds,
} from "../wire.ts";
import { type Answer, join, resultOf } from "./answers.ts";
import { Backoff } from "./backoff.ts";
import type { Operation, Outcome } from "./operation.ts";
import { type CachedRegion, type Locator, RegionCache } from "./region-cache.ts";
import { isSentOnce, isWriting, requestOf, requestSize, type Shard, shardsOf } from "./shards.ts";

export type ClientOptions = {
  readonly locator: Locator;
  /** The process of a store. */
  readonly processOf: (store: number) => ProcessId;
  /** One RPC's deadline: client-rust's default is 2 s. */
  readonly rpcTimeoutUs: number;
  /** An operation's deadline over all its attempts. */
  readonly deadlineUs: number;
  readonly retriesUndetermined: boolean;
  /**
   * client-rust reads version requirements by semver 1.x before it sends them, other clients send
   * what they are given.
   */
  readonly checksVersions: boolean;
  /** client-rust's decode limit for one response, bytes. */
  readonly responseBytesMax: number;
  /** Told of every end; the history's source. */
  readonly finished: (operationId: number, outcome: Outcome) => void;
};

/** The connection was refused: the request was certainly not delivered. */
const refusal: unique symbol = Symbol("refused");

/** One client process. */
export class Client implements Process {
  readonly #machine: Machine;
  readonly #options: ClientOptions;
  readonly #cache: RegionCache;
  /** RPCs that wait for their answer, in order of sending. */
  readonly #pending = new Map<number, Pending>();
  /** When the one timer that looks for late answers is due; Infinity: it is not armed. */
  #watchUs = Number.POSITIVE_INFINITY;
  #rpc = 0;

  constructor(machine: Machine, options: ClientOptions) {
    this.#machine = machine;
    this.#options = options;
    this.#cache = new RegionCache(options.locator);
  }

  /** Starts an operation. `id` is positive and unique over all clients. */
  start(id: number, operation: Operation): void {
    assert(id > 0, "an operation's id is positive");
    this.#machine.spawn(this.#execute(id, operation));
  }

  receive(_from: ProcessId, kind: number, payload: object): void {
    assert(kind === wireKinds.response, "a client gets responses only");
    const response = payload as Response;
    this.#settle(response.rpc, response);
  }

  refused(_to: ProcessId, _kind: number, payload: object): void {
    this.#settle((payload as Request).rpc, refusal);
  }

  /**
   * Some RPC may be out of time: one timer for all of them, since most are answered long before.
   */
  timer(): void {
    const nowUs = this.#machine.monotonicUs();
    let nextUs = Number.POSITIVE_INFINITY;
    for (const [rpc, { token, dueUs }] of this.#pending) {
      if (dueUs > nowUs) nextUs = Math.min(nextUs, dueUs);
      else {
        this.#pending.delete(rpc);
        this.#machine.wake(token, undefined);
      }
    }
    this.#watchUs = Number.POSITIVE_INFINITY;
    if (nextUs < Number.POSITIVE_INFINITY) this.#watch(nextUs, nowUs);
  }

  #watch(dueUs: number, nowUs: number): void {
    if (dueUs >= this.#watchUs) return;
    this.#watchUs = dueUs;
    this.#machine.arm(dueUs - nowUs, 0, 0);
  }

  diskDone(): void {}

  digest(): number {
    return (this.#pending.size * 31 + this.#rpc) >>> 0;
  }

  #settle(rpc: number, value: Response | typeof refusal): void {
    const pending = this.#pending.get(rpc);
    if (pending === undefined) return; // Timed out before: nobody waits any more.
    this.#pending.delete(rpc);
    this.#machine.wake(pending.token, value);
  }

  *#execute(id: number, operation: Operation): Task {
    const deadlineUs = this.#machine.monotonicUs() + this.#options.deadlineUs;
    const run: Run = { id, deadlineUs, attempts: 0, isUndetermined: false, asked: null };
    const refused = this.#refusal(operation);
    const answer =
      refused !== null
        ? refused
        : operation.kind === "scan"
          ? yield* this.#scan(run, operation)
          : yield* this.#shards(run, operation);
    const outcome = resultOf(operation, settled(run, answer));
    const number = outcome.kind === "ok" ? 0 : outcome.kind === "error" ? 1 : 2;
    this.#machine.emit(eventKinds.clientFinished, id, number, run.attempts, 0);
    this.#options.finished(id, outcome);
  }

  /** What the client refuses by itself, or null. */
  #refusal(operation: Operation): Answer | null {
    if (operation.kind !== "coprocessor" || !this.#options.checksVersions) return null;
    const parsed = parseClientRequirement(operation.versionReq);
    return parsed.kind === "ok" ? null : { kind: "error", text: invalidSemverText(parsed.text) };
  }

  /** All shards at the same time, as client-rust's parallel plan. */
  *#shards(run: Run, operation: Operation): Generator<void, Answer, unknown> {
    const shards = shardsOf(operation, this.#cache);
    if (shards.length === 1) return yield* this.#shard(run, shards[0] as Shard, new Backoff());
    if (shards.length === 0) return { kind: "ok", parts: [] };
    const answers: Answer[] = [];
    let waiter: TaskToken | null = null;
    const left = { count: shards.length };
    shards.forEach((shard, at) => {
      this.#machine.spawn(
        this.#branch(run, shard, (answer) => {
          answers[at] = answer;
          left.count--;
          if (left.count === 0 && waiter !== null) this.#machine.wake(waiter, undefined);
        }),
      );
    });
    if (left.count > 0) {
      waiter = this.#machine.current();
      yield;
    }
    return join(answers);
  }

  *#branch(run: Run, shard: Shard, done: (answer: Answer) => void): Task {
    done(yield* this.#shard(run, shard, new Backoff()));
  }

  /** Region after region: where the next part starts hangs on the region that answered. */
  *#scan(run: Run, scan: Operation & { kind: "scan" }): Generator<void, Answer, unknown> {
    const parts: Answer[] = [];
    let { start, end } = scan;
    let found = 0;
    const backoff = new Backoff();
    for (;;) {
      const limit = scan.limit - found;
      const part = { ...scan, start, end, limit };
      const shard = shardsOf(part, this.#cache)[0];
      assert(shard !== undefined, "a scan has a region to start in");
      const answer = yield* this.#shard(run, shard, backoff);
      // The region that answered: the one asked first may have been split.
      const region = run.asked ?? shard.cached.region;
      parts.push(answer);
      if (answer.kind !== "ok") return join(parts);
      for (const one of answer.parts) found += one.response.keys.length;
      const ended = scan.reverse
        ? region.start === "" || region.start <= start
        : region.end === "" || (end !== "" && region.end >= end);
      if (ended || found >= scan.limit) return join(parts);
      if (scan.reverse) end = region.start;
      else start = region.end;
    }
  }

  /** One shard until it has an answer: attempts, error rules, back-off, re-splitting. */
  *#shard(run: Run, first: Shard, backoff: Backoff): Generator<void, Answer, unknown> {
    let { cached, part } = first;
    for (;;) {
      const reply = yield* this.#attempt(run, cached, cached.target(), part);
      const next = this.#follow(run, { cached, part }, reply, backoff);
      if (next.kind !== "again") return next;
      const { text, delayUs } = next;
      if (this.#machine.monotonicUs() + delayUs >= run.deadlineUs || run.attempts >= attemptsMax) {
        return { kind: "error", text: `deadline exceeded, last: ${text}` };
      }
      if (delayUs > 0) {
        this.#machine.sleep(delayUs);
        yield;
      }
      const shards = shardsOf(part, this.#cache);
      // A loop, not a call: a generator inside of others is resumed through all of them.
      if (shards.length !== 1) return yield* this.#inTurn(run, shards, backoff);
      ({ cached, part } = shards[0] as Shard);
    }
  }

  /** Regions changed under an operation: its new shards, one after another. */
  *#inTurn(run: Run, shards: readonly Shard[], backoff: Backoff): Generator<void, Answer, unknown> {
    const answers: Answer[] = [];
    for (const shard of shards) answers.push(yield* this.#shard(run, shard, backoff));
    return join(answers);
  }

  /** What follows from a reply: the answer, or another attempt under what is known by now. */
  #follow(run: Run, { cached, part }: Shard, reply: Reply, backoff: Backoff): Answer | Again {
    if (reply === refusal) {
      this.#cache.drop(cached);
      return retry(backoff, "connection refused");
    }
    const text = this.#lossOf(reply);
    if (text !== null) {
      this.#cache.drop(cached);
      // A write may have happened: client-rust sends it again all the same.
      if (isWriting(part) && !this.#options.retriesUndetermined) return { kind: "unknown", text };
      if (isSentOnce(part)) return unknown(text);
      if (isWriting(part)) run.isUndetermined = true;
      return retry(backoff, text);
    }
    assert(reply !== undefined, "no reply at all is a loss");
    if (reply.regionError !== null) {
      const next = this.#regionError(cached, reply.regionError, backoff);
      // It comes from a storage call of the plugin, which may have written before.
      if (next.kind === "again" && isSentOnce(part)) return unknown(next.text);
      return next;
    }
    const failure = reply.error === "" ? reply.errors.find((one) => one !== "") : reply.error;
    if (failure !== undefined) {
      const isOpen = openClasses.includes(reply.errorClass);
      return { kind: isOpen ? "unknown" : "error", text: failure };
    }
    const ranges = part.kind === "coprocessor" ? part.ranges : [];
    return { kind: "ok", parts: [{ response: reply, ranges }] };
  }

  /** Why gRPC has no response to give, or null; the request itself may have been carried out. */
  #lossOf(reply: Response | undefined): string | null {
    if (reply === undefined) return "deadline exceeded";
    if (reply.status !== statuses.ok) return "unavailable";
    const sizeBytes = responseSize(reply);
    if (sizeBytes <= this.#options.responseBytesMax) return null;
    return `message length too large: found ${sizeBytes} bytes`;
  }

  #regionError(cached: CachedRegion, error: RegionError, backoff: Backoff): Answer | Again {
    const text = regionErrorMessage(error);
    switch (error.kind) {
      case "notLeader":
        if (error.leaderStore !== 0) {
          cached.leaderStore = error.leaderStore;
          return { kind: "again", text, delayUs: 0 };
        }
        this.#cache.drop(cached);
        return retry(backoff, text);
      case "epochNotMatch": {
        const own = error.currentRegions[0];
        if (own !== undefined && own.version < cached.region.version) {
          return retry(backoff, text);
        }
        this.#cache.install(error.currentRegions);
        if (error.currentRegions.length === 0) this.#cache.drop(cached);
        return retry(backoff, text);
      }
      case "serverIsBusy":
      case "raftEntryTooLarge":
      case "flashbackInProgress":
        return { kind: "error", text };
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
        return retry(backoff, text);
      default:
        return unreachable(error);
    }
  }

  /** Sends once and waits: a response, a refusal, or undefined after the timeout. */
  *#attempt(
    run: Run,
    cached: CachedRegion,
    store: number,
    part: Operation,
  ): Generator<void, Reply, unknown> {
    const nowUs = this.#machine.monotonicUs();
    const request = requestOf(part);
    const { region } = cached;
    run.asked = region;
    const timeoutUs = Math.max(1, Math.min(run.deadlineUs - nowUs, this.#options.rpcTimeoutUs));
    request.timeoutUs = timeoutUs;
    request.operation = run.id;
    request.rpc = ++this.#rpc;
    request.regionId = region.id;
    request.version = region.version;
    request.confVer = region.confVer;
    request.storeId = store;
    request.peerId = region.peers.find((peer) => peer.store === store)?.id ?? 0;
    this.#machine.emit(eventKinds.clientSent, run.id, run.attempts++, region.id, store);
    const to = this.#options.processOf(store);
    this.#machine.send(to, wireKinds.request, request, requestSize(request));
    const dueUs = nowUs + timeoutUs;
    this.#pending.set(request.rpc, { token: this.#machine.current(), dueUs });
    this.#watch(dueUs, nowUs);
    return (yield) as Reply;
  }
}

/** Errors that say: some of it may happen yet. */
const openClasses: readonly ErrorClass[] = [errorClasses.undetermined, errorClasses.deadline];

/** Who waits for an RPC, and until when (monotonic clock). */
type Pending = { readonly token: TaskToken; readonly dueUs: number };

/** Waits as the back-off says before the next attempt, or gives up. */
function retry(backoff: Backoff, text: string): Answer | Again {
  const delayUs = backoff.next();
  return delayUs === null ? { kind: "error", text } : { kind: "again", text, delayUs };
}

const unknown = (text: string): Answer => ({ kind: "unknown", text });

/** What came of one attempt: undefined after the timeout. */
type Reply = Response | typeof refusal | undefined;

/** Another attempt after a delay; `text` says why. */
type Again = { readonly kind: "again"; readonly text: string; readonly delayUs: number };

/** A limit of its own: leader hints that point in circles cost no back-off. */
const attemptsMax = 64;

/** What the attempts of one operation share. */
type Run = {
  readonly id: number;
  readonly deadlineUs: number;
  attempts: number;
  /** A write that was sent again may have happened: no later failure can say that it did not. */
  isUndetermined: boolean;
  /** The region of the last attempt. */
  asked: Region | null;
};

function settled(run: Run, answer: Answer): Answer {
  if (!run.isUndetermined || answer.kind !== "error") return answer;
  return { kind: "unknown", text: answer.text };
}
