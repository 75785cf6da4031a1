/** How the answers of several shards come together: side by side, one by one, or as a scan. */
import { assert } from "../../sim/assert.ts";
import { type Answer, join, partsOf } from "./answers.ts";
import { Backoff } from "./backoff.ts";
import type { Operation } from "./operation.ts";
import type { CachedRegion, RegionCache } from "./region-cache.ts";
import { type Gathering, type Run, type Sender, ShardRun } from "./shard-run.ts";
import { firstOfScan, type Shard } from "./shards.ts";

/** All shards at the same time, as client-rust's parallel plan. */
export class SideBySide implements Gathering {
  readonly #run: Run;
  readonly #answers: Answer[] = [];
  #left: number;

  constructor(shards: number, run: Run) {
    assert(shards > 0, "what has no shard has its answer");
    this.#left = shards;
    this.#run = run;
  }

  answered(at: number, answer: Answer): void {
    this.#answers[at] = answer;
    if (--this.#left === 0) this.#run.answered(0, join(this.#answers));
  }
}

/** Regions changed under an operation: its new shards, one after another. */
export class OneByOne implements Gathering {
  readonly #sender: Sender;
  /** The shard that was divided. */
  readonly #whole: ShardRun;
  readonly #shards: readonly Shard[];
  readonly #answers: Answer[] = [];

  constructor(sender: Sender, whole: ShardRun, shards: readonly Shard[]) {
    this.#sender = sender;
    this.#whole = whole;
    this.#shards = shards;
  }

  /** Sends the next shard's first request, or gives the answer of all. */
  next(): void {
    const at = this.#answers.length;
    const shard = this.#shards[at];
    const { run, backoff, gathering } = this.#whole;
    if (shard === undefined) gathering.answered(this.#whole.at, join(this.#answers));
    else this.#sender.begin(new ShardRun(run, shard.cached, shard.part, backoff, this, at));
  }

  answered(_at: number, answer: Answer): void {
    this.#answers.push(answer);
    this.next();
  }
}

/** Region after region: where the next part starts hangs on the region that answered. */
export class Scanning implements Gathering {
  readonly #sender: Sender;
  readonly #cache: RegionCache;
  readonly #run: Run;
  readonly #scan: Operation & { kind: "scan" };
  readonly #backoff = new Backoff();
  readonly #parts: Answer[] = [];
  #start: string;
  #end: string;
  #found = 0;
  /** Where the part under way was sent first. */
  #first: CachedRegion | null = null;

  constructor(options: {
    readonly sender: Sender;
    readonly cache: RegionCache;
    readonly run: Run;
    readonly scan: Operation & { kind: "scan" };
  }) {
    this.#sender = options.sender;
    this.#cache = options.cache;
    this.#run = options.run;
    this.#scan = options.scan;
    this.#start = options.scan.start;
    this.#end = options.scan.end;
  }

  /** Asks for what is left. */
  next(): void {
    const limit = this.#scan.limit - this.#found;
    const { reverse } = this.#scan;
    const scan = { kind: "scan", start: this.#start, end: this.#end, limit, reverse } as const;
    const cached = firstOfScan(scan, this.#cache);
    this.#first = cached;
    const at = this.#parts.length;
    this.#sender.begin(new ShardRun(this.#run, cached, scan, this.#backoff, this, at));
  }

  answered(_at: number, answer: Answer): void {
    const scan = this.#scan;
    this.#parts.push(answer);
    if (answer.kind === "error" || answer.kind === "unknown") {
      this.#run.answered(0, join(this.#parts));
      return;
    }
    // The region that answered: the one asked first may have been split.
    const region = this.#run.asked ?? this.#first?.region;
    assert(region !== undefined, "an answer comes from a region");
    for (const one of partsOf(answer)) this.#found += one.response.keys.length;
    const ended = scan.reverse
      ? region.start === "" || region.start <= this.#start
      : region.end === "" || (this.#end !== "" && region.end >= this.#end);
    if (ended || this.#found >= scan.limit) {
      this.#run.answered(0, join(this.#parts));
      return;
    }
    if (scan.reverse) this.#end = region.start;
    else this.#start = region.end;
    this.next();
  }
}
