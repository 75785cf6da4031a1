/** One shard of an operation on its way through its attempts, and whom its answer goes to. */
import type { RegionError } from "../errors.ts";
import type { Region } from "../region.ts";
import type { RequestBody } from "../wire.ts";
import type { Answer } from "./answers.ts";
import type { Backoff } from "./backoff.ts";
import type { Operation } from "./operation.ts";
import type { CachedRegion } from "./region-cache.ts";

/** Collects the answers of shards, each under the number that its run was given. */
export interface Gathering {
  answered(at: number, answer: Answer): void;
}

/** Told of the answer of a whole operation. */
export type Ended = (run: Run, answer: Answer) => void;

/** An operation under way: what its attempts share. Gathers by itself where it has one shard. */
export class Run implements Gathering {
  readonly id: number;
  readonly operation: Operation;
  readonly deadlineUs: number;
  attempts = 0;
  /** A write that was sent again may have happened: no later failure can say that it did not. */
  isUndetermined = false;
  /** The region of the last attempt. */
  asked: Region | null = null;
  readonly #ended: Ended;

  constructor(id: number, operation: Operation, deadlineUs: number, ended: Ended) {
    this.id = id;
    this.operation = operation;
    this.deadlineUs = deadlineUs;
    this.#ended = ended;
  }

  answered(_at: number, answer: Answer): void {
    this.#ended(this, answer);
  }
}

/** Sends a shard's first request; its gathering is told of the end. */
export interface Sender {
  begin(shard: ShardRun): void;
}

/** A shard between its first request and its answer. */
export class ShardRun {
  readonly run: Run;
  readonly backoff: Backoff;
  readonly gathering: Gathering;
  readonly at: number;
  /** Where it goes, and what is asked there. */
  cached: CachedRegion;
  part: Operation;
  /** What the requests for this part ask, or null: none was sent yet. */
  body: RequestBody | null = null;
  /** What each of them takes on the wire. */
  sizeBytes = 0;
  /** The number of the request that is under way. */
  rpc = 0;
  /** When that request is out of time, on the monotonic clock. */
  dueUs = 0;
  /** How long to wait before the next attempt, and why there is one. */
  delayUs = 0;
  reason: RegionError | string = "";

  constructor(
    run: Run,
    cached: CachedRegion,
    part: Operation,
    backoff: Backoff,
    gathering: Gathering,
    at: number,
  ) {
    this.run = run;
    this.backoff = backoff;
    this.gathering = gathering;
    this.at = at;
    this.cached = cached;
    this.part = part;
  }
}
