/** One shard of an operation on its way through its attempts, and whom its answer goes to. */
import type { RegionError } from "../errors.ts";
import type { Region } from "../region.ts";
import type { Answer } from "./answers.ts";
import type { Backoff } from "./backoff.ts";
import type { Operation } from "./operation.ts";
import type { CachedRegion } from "./region-cache.ts";
import type { Shard } from "./shards.ts";

/** What the attempts of one operation share. */
export type Run = {
  readonly id: number;
  readonly deadlineUs: number;
  attempts: number;
  /** A write that was sent again may have happened: no later failure can say that it did not. */
  isUndetermined: boolean;
  /** The region of the last attempt. */
  asked: Region | null;
};

/** Collects the answers of shards, each under the number that its run was given. */
export interface Gathering {
  answered(at: number, answer: Answer): void;
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
  cached: CachedRegion;
  part: Operation;
  /** The number of the request that is under way. */
  rpc = 0;
  /** When that request is out of time, on the monotonic clock. */
  dueUs = 0;
  /** How long to wait before the next attempt, and why there is one. */
  delayUs = 0;
  reason: RegionError | string = "";

  constructor(run: Run, shard: Shard, backoff: Backoff, gathering: Gathering, at: number) {
    this.run = run;
    this.backoff = backoff;
    this.gathering = gathering;
    this.at = at;
    this.cached = shard.cached;
    this.part = shard.part;
  }
}
