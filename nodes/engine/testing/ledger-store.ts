/**
 * A store for the kernel's disk: a process that appends numbered entries, applies what is durable,
 * compacts and checks at every boot that all it ever acknowledged is there.
 */
import { assert } from "../../../sim/assert.ts";
import { latin1Bytes, latin1Text } from "../../../sim/bytes.ts";
import type { DiskError, Machine, Process, ProcessId, Stream } from "../../../sim/index.ts";
import { regionId } from "../../ids.ts";
import { KvBatch } from "../kv-batch.ts";
import type { KvEngine } from "../kv-engine.ts";
import type { LogEngine } from "../log-engine.ts";
import { Recovery } from "../recovery.ts";
import { type TestEntry, testCodec, testPool } from "./test-store.ts";

/** What the outside knows of a store, over all its incarnations. */
export type Ledger = {
  /** The last entry that was acknowledged as durable. */
  acknowledged: number;
  boots: number;
  /** Recoveries that named corruption: the store serves nothing from then on. */
  corrupt: string[];
};

const region = regionId(1);
const stepUs = 400;
const keys = 10;

/** One incarnation. */
export class LedgerStore implements Process {
  readonly #machine: Machine;
  readonly #ledger: Ledger;
  readonly #chance: Stream;
  readonly #recovery: Recovery<TestEntry>;
  #log: LogEngine<TestEntry> | null = null;
  #kv: KvEngine | null = null;
  /** The last entry put, and which batch it went into. */
  #puts: { readonly batch: number; readonly index: number }[] = [];

  constructor(machine: Machine, ledger: Ledger) {
    this.#machine = machine;
    this.#ledger = ledger;
    this.#chance = machine.stream("steps");
    this.#recovery = new Recovery<TestEntry>({
      disk: machine.disk,
      firstToken: 0,
      codec: testCodec,
      live: testPool.take(machine.id),
      segmentBytesMax: 4_000,
      walBytesMax: 3_000,
      unpersistedAppliesMax: 0,
    });
    this.#recovery.start();
  }

  receive(_from: ProcessId, _kind: number, _payload: object): void {}

  refused(_to: ProcessId, _kind: number, _payload: object): void {}

  timer(_kind: number, _number: number): void {
    const [log, kv] = [this.#log, this.#kv];
    assert(log !== null && kv !== null, "a store that runs has recovered");
    switch (this.#chance.below(8)) {
      case 0:
        kv.sync();
        break;
      case 1:
        kv.tick();
        break;
      case 2:
        this.#compact(log, kv);
        break;
      case 3:
        this.#apply(log, kv);
        break;
      default:
        this.#append(log);
    }
    this.#machine.arm(stepUs, 0, 0);
  }

  diskDone(token: number, error: DiskError | null, bytes: Uint8Array | null): void {
    if (this.#log === null || this.#kv === null) {
      assert(this.#recovery.diskDone(token, error, bytes), "a recovery knows its tokens");
      this.#finishBoot();
      return;
    }
    assert(
      this.#log.diskDone(token, error) || this.#kv.diskDone(token, error),
      "the engines know their tokens",
    );
    const failure = this.#log.failure ?? this.#kv.failure;
    if (failure !== null) this.#machine.die("abort", failure.what);
    for (const { batch, index } of this.#puts) {
      if (batch <= this.#log.durableBatch) this.#ledger.acknowledged = index;
    }
    this.#puts = this.#puts.filter(({ batch }) => batch > this.#log!.durableBatch);
  }

  digest(): number {
    return this.#kv?.digest() ?? 0;
  }

  #finishBoot(): void {
    const { result } = this.#recovery;
    if (result === null) return;
    if (result.kind === "io") this.#machine.die("abort", result.what);
    if (result.kind === "corrupt") {
      this.#ledger.corrupt.push(`${result.file} at ${result.offset}: ${result.what}`);
      this.#machine.die("abort", "corrupt");
    }
    this.#ledger.boots += 1;
    this.#log = result.log;
    this.#kv = result.kv;
    this.#check(result.log, result.kv);
    this.#machine.arm(stepUs, 0, 0);
  }

  #check(log: LogEngine<TestEntry>, kv: KvEngine): void {
    const found = log.region(region);
    const last = found?.lastIndex ?? 0;
    const { acknowledged } = this.#ledger;
    assert(last >= acknowledged, `entry ${acknowledged} was acknowledged, the log ends at ${last}`);
    for (const { index, text } of found?.entries ?? []) {
      assert(Number.parseInt(text, 10) === index, "an entry is read as it was written");
    }
    const applied = kv.readMeta(region)?.appliedIndex ?? 0;
    const pairs = kv.scan({ cf: "default", start: "", end: "", limit: 1_000 });
    const expected: string[] = [];
    for (let index = Math.max(1, applied - keys + 1); index <= applied; index++) {
      expected.push(`${index % keys}=${index}`);
    }
    const shown = pairs.map(({ key, value }) => `${key}=${latin1Text(value)}`);
    assert(shown.join() === expected.sort().join(), "the state is that of its applied index");
    this.#ledger.acknowledged = Math.max(acknowledged, last);
  }

  #append(log: LogEngine<TestEntry>): void {
    const first = (log.region(region)?.lastIndex ?? 0) + 1;
    const entries: TestEntry[] = [];
    for (let index = first, end = first + 1 + this.#chance.below(3); index < end; index++) {
      entries.push({ index, term: 1, text: `${index}${"x".repeat(this.#chance.below(300))}` });
    }
    log.append(region, entries);
    this.#puts.push({ batch: log.flush(), index: first + entries.length - 1 });
  }

  #apply(log: LogEngine<TestEntry>, kv: KvEngine): void {
    const before = kv.readMeta(region)?.appliedIndex ?? 0;
    const most = Math.min(this.#ledger.acknowledged, before + 1 + this.#chance.below(6));
    const batch = new KvBatch();
    for (let index = before + 1; index <= most; index++) {
      assert(log.region(region)?.termOf(index) === 1, "what is not applied is in the log");
      batch.put("default", `${index % keys}`, latin1Bytes(`${index}`));
    }
    const none = { baseIndex: 0, baseTerm: 0, tombstone: false, state: new Uint8Array(0) };
    batch.meta(region, { appliedIndex: Math.max(before, most), appliedTerm: 1, ...none });
    kv.write(batch);
  }

  #compact(log: LogEngine<TestEntry>, kv: KvEngine): void {
    const index = kv.durableAppliedIndex(region);
    if (index <= (log.region(region)?.truncatedIndex ?? 0)) return;
    log.compact(region, { index, term: 1 });
    log.flush();
  }
}
