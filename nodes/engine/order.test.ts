/**
 * Golden tests of what the engines ask of the disk, and in which order: testdata/*.txt. To add a
 * case, write its command, run with REWRITE=1, then read the diff.
 *
 *   boot                             recovers to the end; the store runs on, or the reason why not
 *   append region=R from=I term=T count=N    log entries
 *   hard region=R term=T vote=V commit=C     a hard state
 *   compact|reset region=R index=I term=T    the log's beginning moves
 *   flush | rotate                   of the Raft log
 *   write region=R applied=I keys=K  one key-value batch: K puts and the region's record
 *   sync | checkpoint | tick         of the key-value engine
 *   disk N                           the disk completes up to N operations, in call order
 *   fail eio|full                    the disk's next operation fails
 *   crash | power                    nothing under way happens; power also takes what is unsynced
 *   files                            what is on the disk
 */
import { beforeAll, expect, test } from "vitest";
import { emptyBytes } from "../../sim/bytes.ts";
import { type Case, runGolden } from "../../sim/testing/datadriven.ts";
import { regionId } from "../ids.ts";
import { readU32 } from "./byte-writer.ts";
import { frameHeaderBytes } from "./frame.ts";
import { KvBatch } from "./kv-batch.ts";
import type { Waiting } from "./testing/fault-disk.ts";
import { describe, TestStore, testPool } from "./testing/test-store.ts";

beforeAll(() => testPool.prepare(1));

test.each(["log", "kv", "failure"])("%s.txt", (name) => {
  const store = new TestStore({ segmentBytesMax: 400, walBytesMax: 400 });
  runGolden(new URL(`./testdata/${name}.txt`, import.meta.url), (one) => run(store, one));
});

// What `crash` and `power` of the golden files do: nothing under way happens.
const nothing = (): number => 0;

function boot(store: TestStore): string {
  const result = store.boot();
  if (result.kind !== "recovered") return describe(result);
  store.disk.settle(); // Old files are removed behind the recovery's back.
  const regions = result.regions.map(({ region: id, entries, truncatedIndex, meta }) => {
    const last = truncatedIndex + entries.length;
    return `region ${id}: log (${truncatedIndex}, ${last}], applied ${meta?.appliedIndex ?? 0}`;
  });
  return [...regions, state(store)].join("\n");
}

function run(store: TestStore, one: Case): string {
  const { disk } = store;
  const region = one.has("region") ? regionId(one.number("region")) : regionId(1);
  const at = () => ({ index: one.number("index"), term: one.number("term") });
  switch (one.command) {
    case "boot":
      return boot(store);
    case "append": {
      const entries = Array.from({ length: one.number("count") }, (_, offset) => {
        return { index: one.number("from") + offset, term: one.number("term"), text: "x" };
      });
      store.log.append(region, entries);
      return state(store);
    }
    case "hard": {
      const [term, vote, commit] = [one.number("term"), one.number("vote"), one.number("commit")];
      store.log.hardState(region, { term, vote, commit });
      return state(store);
    }
    case "compact":
      store.log.compact(region, at());
      return state(store);
    case "reset":
      store.log.reset(region, at());
      return state(store);
    case "flush":
      return `wait for batch ${store.log.flush()}\n${state(store)}`;
    case "rotate":
      return `wait for batch ${store.log.rotate()}\n${state(store)}`;
    case "write":
      write(store, one);
      return state(store);
    case "sync":
      return `wait for frame ${store.kv.sync()}\n${state(store)}`;
    case "checkpoint":
      store.kv.checkpoint();
      return state(store);
    case "tick":
      store.kv.tick();
      return state(store);
    case "disk": {
      for (let left = Number(one.args[0]); left > 0 && disk.waiting.length > 0; left--) {
        disk.complete();
      }
      return state(store);
    }
    case "fail":
      disk.failure = () => (one.args[0] === "full" ? "full" : "eio");
      disk.complete();
      disk.failure = () => null;
      return state(store);
    case "crash":
      disk.crash(nothing);
      return "gone";
    case "power":
      disk.losePower((n) => (n > 2 ? 0 : n - 1));
      return "gone";
    case "files":
      return disk
        .list()
        .map((file) => `${file} ${disk.content(file).length}`)
        .join("\n");
    default:
      throw new Error(`no such command: ${one.command}`);
  }
}

function write(store: TestStore, one: Case): void {
  const batch = new KvBatch();
  const keys = one.number("keys");
  const applied = one.number("applied");
  for (let at = 0; at < keys; at++) batch.put("default", `key ${at}`, emptyBytes);
  const none = { baseIndex: 0, baseTerm: 0, tombstone: false, state: emptyBytes };
  batch.meta(regionId(one.number("region")), { appliedIndex: applied, appliedTerm: 1, ...none });
  store.kv.write(batch);
}

function state({ log, kv, disk }: TestStore): string {
  const failure = log.failure ?? kv.failure;
  return [
    `log: open ${log.openBatch}, durable ${log.durableBatch}`,
    `kv: written ${kv.lastSequence}, durable ${kv.durableSequence}`,
    ...(failure === null ? [] : [`failed: ${failure.what}: ${failure.error}`]),
    ...disk.waiting.map(shown),
  ].join("\n");
}

function shown({ kind, file, to, bytes }: Waiting): string {
  const target = to === "" ? file : `${file} -> ${to}`;
  if (kind !== "append") return `-> ${kind} ${target}`.trimEnd();
  const frames: string[] = [];
  for (let at = 0; at < bytes.length; at += frameHeaderBytes + readU32(bytes, at + 4)) {
    const [sequence, own, other] = [16, 20, 24].map((field) => readU32(bytes, at + field));
    frames.push(`${sequence} claims ${own}/${other}`);
  }
  return `-> append ${target} frames ${frames.join(", ")}`;
}

test("an engine that failed takes no more", () => {
  const store = new TestStore();
  store.mustBoot();
  store.disk.failure = () => "eio";
  store.log.hardState(regionId(1), { term: 1, vote: 1, commit: 0 });
  store.log.flush();
  store.disk.settle();
  expect(store.log.durableBatch).toBe(1);
  expect(() => store.log.flush()).toThrow("a store whose disk failed");
  expect(() => store.log.hardState(regionId(1), { term: 2, vote: 1, commit: 0 })).toThrow();
});
