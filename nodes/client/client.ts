/**
 * A client of the cluster: region cache, retries and back-off of client-rust (src/request/plan.rs),
 * deadlines, and an honest outcome. It differs from client-rust in one thing: a write whose fate is
 * not known is not sent again, because a late duplicate would break linearizability legitimately;
 * `retriesUndetermined` brings client-rust's behaviour back.
 */
import { invalidSemverText, parseClientRequirement } from "../../plugins/index.ts";
import { assert } from "../../sim/assert.ts";
import type { Machine, Process, ProcessId } from "../../sim/process.ts";
import { eventKinds } from "../events.ts";
import { type Request, type Response, wireKinds } from "../wire.ts";
import { type Answer, resultOf } from "./answers.ts";
import { type AttemptOptions, Attempts, refusal } from "./attempts.ts";
import { Backoff } from "./backoff.ts";
import { Scanning, SideBySide } from "./gatherings.ts";
import type { Operation, Outcome } from "./operation.ts";
import { type Locator, RegionCache } from "./region-cache.ts";
import { Run, ShardRun } from "./shard-run.ts";
import { divide, regionOf } from "./shards.ts";

export type ClientOptions = AttemptOptions & {
  readonly locator: Locator;
  /** An operation's deadline over all its attempts. */
  readonly deadlineUs: number;
  /**
   * client-rust reads version requirements by semver 1.x before it sends them, other clients send
   * what they are given.
   */
  readonly checksVersions: boolean;
  /** Told of every end; the history's source. */
  readonly finished: (operationId: number, outcome: Outcome) => void;
};

/** One client process. */
export class Client implements Process {
  readonly #machine: Machine;
  readonly #options: ClientOptions;
  readonly #cache: RegionCache;
  readonly #attempts: Attempts;
  /** One for all operations. */
  readonly #ended: (run: Run, answer: Answer) => void = this.#end.bind(this);

  constructor(machine: Machine, options: ClientOptions) {
    this.#machine = machine;
    this.#options = options;
    this.#cache = new RegionCache(options.locator);
    this.#attempts = new Attempts(machine, options, this.#cache);
  }

  /** Starts an operation. `id` is positive and unique over all clients. */
  start(id: number, operation: Operation): void {
    assert(id > 0, "an operation's id is positive");
    const deadlineUs = this.#machine.monotonicUs() + this.#options.deadlineUs;
    const run = new Run(id, operation, deadlineUs, this.#ended);
    const refused = this.#refusal(operation);
    if (refused !== null) this.#end(run, refused);
    else if (operation.kind === "scan") {
      const [sender, cache] = [this.#attempts, this.#cache];
      new Scanning({ sender, cache, run, scan: operation }).next();
    } else {
      const whole = regionOf(operation, this.#cache);
      if (whole === null) this.#divide(run);
      else this.#attempts.begin(new ShardRun(run, whole, operation, new Backoff(), run, 0));
    }
  }

  receive(_from: ProcessId, kind: number, payload: object): void {
    assert(kind === wireKinds.response, "a client gets responses only");
    const response = payload as Response;
    this.#attempts.settle(response.rpc, response);
  }

  refused(_to: ProcessId, _kind: number, payload: object): void {
    this.#attempts.settle((payload as Request).rpc, refusal);
  }

  timer(kind: number, number: number): void {
    this.#attempts.timer(kind, number);
  }

  diskDone(): void {}

  digest(): number {
    return (this.#attempts.pending * 31 + this.#attempts.sent) >>> 0;
  }

  /** What the client refuses by itself, or null. */
  #refusal(operation: Operation): Answer | null {
    if (operation.kind !== "coprocessor" || !this.#options.checksVersions) return null;
    const parsed = parseClientRequirement(operation.versionReq);
    return parsed.kind === "ok" ? null : { kind: "error", text: invalidSemverText(parsed.text) };
  }

  #divide(run: Run): void {
    const shards = divide(run.operation, this.#cache);
    if (shards.length === 0) {
      this.#end(run, { kind: "ok", parts: [] });
      return;
    }
    const gathering = new SideBySide(shards.length, run);
    shards.forEach(({ cached, part }, at) => {
      this.#attempts.begin(new ShardRun(run, cached, part, new Backoff(), gathering, at));
    });
  }

  #end(run: Run, answer: Answer): void {
    const outcome = resultOf(run.operation, settled(run, answer));
    const number = outcome.kind === "ok" ? 0 : outcome.kind === "error" ? 1 : 2;
    this.#machine.emit(eventKinds.clientFinished, run.id, number, run.attempts, 0);
    this.#options.finished(run.id, outcome);
  }
}

function settled(run: Run, answer: Answer): Answer {
  if (!run.isUndetermined || answer.kind !== "error") return answer;
  return { kind: "unknown", text: answer.text };
}
