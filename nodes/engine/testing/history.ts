/**
 * A store's life written down beside it: what its log and its key-value state were after each
 * batch, so that a recovery can be told right from wrong by looking it up.
 */
import { assert } from "../../../sim/assert.ts";
import { latin1Bytes } from "../../../sim/bytes.ts";
import { type RegionId, regionId } from "../../ids.ts";
import { KvBatch } from "../kv-batch.ts";
import type { RegionLog } from "../log-state.ts";
import type { RecoveryResult } from "../recovery.ts";
import { type Below, testChance } from "./fault-disk.ts";
import { ModelEngine, modelText } from "./model-engine.ts";
import {
  describe,
  type TestEntry,
  TestStore,
  type TestStoreOptions,
  testFirstToken,
} from "./test-store.ts";

/** The log engine's tokens for sync and syncDirectory, behind the test store's first one. */
const logSyncTokens: readonly number[] = [testFirstToken + 1, testFirstToken + 2];

/** Regions 1 to this one take part. */
const regions = 3;

/** A region's log as text. */
function logText(region: RegionId, log: Readonly<RegionLog<TestEntry>> | undefined): string {
  if (log === undefined) return "";
  const entries = log.entries.map(({ index, term, text }) => `${index}/${term}:${text}`);
  const { term, vote, commit } = log.hardState;
  const head = `${region}: term=${term} vote=${vote} commit=${commit}`;
  return `${head} after ${log.truncatedIndex}/${log.truncatedTerm} ${entries.join(" ")}\n`;
}

/** A store and what it should remember. */
export class History {
  readonly store: TestStore;
  readonly #below: Below;
  #model = new ModelEngine();
  /** The log's text when a batch was last put to; the last at or below a number is that batch's. */
  #logTexts = new Map<number, string>();
  /** What was true of each region's last entries when a batch closed: index to text. */
  #kvTexts = new Map<number, string>();
  #kvSequence = 0;
  #serial = 0;

  constructor(seed: number, options: TestStoreOptions = {}) {
    this.#below = testChance(seed);
    this.store = new TestStore(options);
    this.store.mustBoot();
    this.#begin();
  }

  /** One random command. */
  step(): void {
    const { log, kv, disk } = this.store;
    const region = regionId(1 + this.#below(regions));
    switch (this.#below(10)) {
      case 0:
      case 1:
        this.#append(region);
        break;
      case 2:
      case 3:
        this.#apply(region);
        break;
      case 4:
        log.flush();
        break;
      case 5:
        if (this.#below(3) === 0) kv.sync();
        else if (this.#below(4) === 0) kv.checkpoint();
        else if (this.#below(8) === 0) log.rotate();
        else kv.tick();
        break;
      case 6:
        this.#compact(region);
        break;
      default:
        for (let n = this.#below(6); n > 0 && disk.waiting.length > 0; n--) {
          disk.complete(this.#below);
        }
    }
    // A claim is a frame of its own, without an effect on the state.
    this.#noteKv();
  }

  /** Finishes all that is under way, so that the disk holds everything and vouches for it. */
  rest(): void {
    this.store.log.flush();
    this.store.disk.settle(this.#below);
    this.store.kv.tick();
    this.store.disk.settle(this.#below);
    this.#noteKv();
  }

  /** Process or machine dies and boots, perhaps dying again on the way. Checks the result. */
  fail(kind: "crash" | "losePower"): void {
    const { disk, log, kv } = this.store;
    let powerLost = kind === "losePower";
    // The log engine syncs a file or the directory: its batch is completely written.
    const written = disk.waiting.some(({ token }) => logSyncTokens.includes(token));
    const idle = disk.waiting.length === 0;
    const durable = { logAtLeast: log.durableBatch, kvAtLeast: kv.durableSequence };
    const completed = {
      logAtLeast: written ? log.openBatch - 1 : log.durableBatch,
      kvAtLeast: idle ? this.#kvSequence : kv.durableSequence,
    };
    disk[kind](this.#below);
    while (this.#below(3) === 0) {
      const recovery = this.store.startBoot();
      for (let n = this.#below(8); n > 0 && disk.waiting.length > 0; n--) {
        disk.complete(this.#below);
      }
      const { result } = recovery;
      if (result !== null) assert(result.kind === "recovered", `it recovers: ${describe(result)}`);
      const again = this.#below(2) === 0 ? "crash" : "losePower";
      powerLost ||= again === "losePower";
      disk[again](this.#below);
    }
    const result = this.store.boot(this.#below);
    this.check(result, powerLost ? durable : completed);
    this.#begin();
  }

  /** The last batch of the log and the last key-value frame. */
  get all(): { readonly logAtLeast: number; readonly kvAtLeast: number } {
    return { logAtLeast: this.store.log.openBatch, kvAtLeast: 0 };
  }

  /** Throws unless the result is a state that the store was in, not older than stated. */
  check(
    result: RecoveryResult<TestEntry>,
    { logAtLeast, kvAtLeast }: { readonly logAtLeast: number; readonly kvAtLeast: number },
  ): void {
    assert(result.kind === "recovered", `the store recovers: ${describe(result)}`);
    const logs = new Set<string>();
    const before = [...this.#logTexts.keys()].filter((batch) => batch <= logAtLeast);
    logs.add(this.#logTexts.get(Math.max(...before)) as string);
    for (const [batch, text] of this.#logTexts) if (batch >= logAtLeast) logs.add(text);
    const log = this.#logText();
    assert(
      logs.has(log),
      `the log is one that it was\n${log}\nexpected one of\n${[...logs].join("\n")}`,
    );
    const kv = modelText(result.kv);
    const found = [...this.#kvTexts].some(([sequence, text]) => {
      return sequence >= kvAtLeast && text === kv;
    });
    assert(found, `the key-value state is one that it was, from ${kvAtLeast} on\n${kv}`);
  }

  #begin(): void {
    const { kv, log } = this.store;
    this.#logTexts = new Map([[log.durableBatch, this.#logText()]]);
    this.#kvSequence = kv.durableSequence;
    this.#kvTexts = new Map([[this.#kvSequence, modelText(kv)]]);
    this.#model = copyOf(kv);
  }

  #logText(): string {
    const ids = Array.from({ length: regions }, (_, at) => regionId(at + 1));
    return ids.map((id) => logText(id, this.store.log.region(id))).join("");
  }

  #append(region: RegionId): void {
    const { log, kv } = this.store;
    const found = log.region(region);
    const applied = kv.readMeta(region)?.appliedIndex ?? 0;
    const last = found?.lastIndex ?? 0;
    const lowest = Math.max(applied, found?.truncatedIndex ?? 0) + 1;
    const first =
      lowest > last || this.#below(3) > 0 ? last + 1 : lowest + this.#below(last - lowest + 1);
    const term = (found?.hardState.term ?? 0) + (first > last ? this.#below(2) : 1);
    const count = 1 + this.#below(3);
    const entries = Array.from({ length: count }, (_, at) => {
      return {
        index: first + at,
        term,
        text: `${this.#serial++}${"x".repeat(this.#below(this.#below(6) === 0 ? 700 : 20))}`,
      };
    });
    const commit = Math.max(found?.hardState.commit ?? 0, applied);
    log.hardState(region, { term, vote: this.#below(4), commit });
    log.append(region, [{ index: 1, term: 0, text: "not this one" }, ...entries], 1);
    this.#logTexts.set(log.openBatch, this.#logText());
  }

  // Applies what is durable in the log: everything, once its last batch is.
  #apply(region: RegionId): void {
    const { log, kv } = this.store;
    const lastPut = Math.max(...this.#logTexts.keys());
    if (log.durableBatch < lastPut) return;
    const found = log.region(region);
    const before = kv.readMeta(region);
    const entry = found?.entries[(before?.appliedIndex ?? 0) - found.truncatedIndex];
    if (entry === undefined) return;
    const batch = new KvBatch();
    const number = Number.parseInt(entry.text, 10);
    batch.put("default", `${region}/${number % 7}`, latin1Bytes(entry.text));
    batch.put("lock", `${number % 3}`, latin1Bytes(entry.text));
    if (number % 5 === 0) batch.deleteRange("default", `${region}/2`, `${region}/5`);
    if (number % 4 === 0) batch.delete("lock", `${number % 2}`);
    const none = { baseIndex: 0, baseTerm: 0, tombstone: false };
    const [appliedIndex, appliedTerm] = [entry.index, entry.term];
    batch.meta(region, { appliedIndex, appliedTerm, ...none, state: latin1Bytes(entry.text) });
    kv.write(batch);
    this.#model.write(batch);
    this.#noteKv();
  }

  #compact(region: RegionId): void {
    const { log } = this.store;
    const found = log.region(region);
    const durable = this.store.kv.durableAppliedIndex(region);
    if (found === undefined || durable <= found.truncatedIndex) return;
    const index = found.truncatedIndex + 1 + this.#below(durable - found.truncatedIndex);
    const term = found.termOf(index);
    if (term === null) return;
    log.compact(region, { index, term });
    this.#logTexts.set(log.openBatch, this.#logText());
  }

  #noteKv(): void {
    if (this.store.kv.lastSequence === this.#kvSequence) return;
    this.#kvSequence = this.store.kv.lastSequence;
    this.#kvTexts.set(this.#kvSequence, modelText(this.#model));
  }
}

function copyOf(kv: TestStore["kv"]): ModelEngine {
  const model = new ModelEngine();
  const batch = new KvBatch();
  for (const cf of ["default", "lock", "write"] as const) {
    for (const { key, value } of kv.scan({ cf, start: "", end: "", limit: 1e9 })) {
      batch.put(cf, key, value);
    }
  }
  for (const region of kv.metaRegions()) {
    const meta = kv.readMeta(region);
    if (meta !== undefined) batch.meta(region, meta);
  }
  model.write(batch);
  return model;
}
