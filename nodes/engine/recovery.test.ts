/**
 * Recovery: what a torn tail is and what corruption is, what a crash may leave at each step of a
 * rotation, a checkpoint and a boot, and the records that repair a log. To add a kind of damage,
 * add a row to one of the two tables.
 */
import { beforeAll, expect, test } from "vitest";
import { regionId } from "../ids.ts";
import { frameHeaderBytes } from "./frame.ts";
import { KvBatch } from "./kv-batch.ts";
import { testChance } from "./testing/fault-disk.ts";
import { modelText } from "./testing/model-engine.ts";
import { atRest, frameOffsets, metaAt, one, writeMeta } from "./testing/rest.ts";
import { describe, TestStore, testPool } from "./testing/test-store.ts";

beforeAll(() => testPool.prepare(1));

const flip = (offset: number) => (bytes: Uint8Array) => {
  bytes[offset] = (bytes[offset] as number) ^ 0x10;
  return bytes;
};

type Place = readonly [name: string, file: string, at: (offsets: readonly number[]) => number];

const named: readonly Place[] = [
  ["the base", "raft-1.log", () => 30],
  ["a frame's magic", "raft-1.log", (at) => at[1] as number],
  ["a frame's length", "raft-1.log", (at) => (at[1] as number) + 5],
  ["a frame's length, made huge", "raft-1.log", (at) => (at[1] as number) + 7],
  ["a frame's checksum", "raft-1.log", (at) => (at[2] as number) + 9],
  ["a frame's file number", "raft-1.log", (at) => (at[2] as number) + 12],
  ["a frame's sequence number", "raft-1.log", (at) => (at[2] as number) + 16],
  ["a claim", "raft-1.log", (at) => (at[1] as number) + 21],
  ["a payload", "raft-1.log", (at) => (at[2] as number) + frameHeaderBytes + 3],
  [
    "the last synced frame, by the key-value log's word",
    "raft-1.log",
    (at) => (at[3] as number) + 40,
  ],
];

test.each(named)("damage in the Raft log is named: %s", (_name, file, at) => {
  const store = atRest({ tick: true });
  const offsets = frameOffsets(store.disk.content(file));
  const offset = at(offsets);
  store.disk.overwrite(file, flip(offset));
  const result = store.boot();
  expect(result.kind).toBe("corrupt");
  if (result.kind !== "corrupt") return;
  expect(result.file).toBe(file);
  expect(result.offset).toBe(Math.max(...offsets.filter((begin) => begin <= offset)));
});

type Tail = readonly [
  name: string,
  tear: (bytes: Uint8Array, frame: number) => Uint8Array,
  kept: number,
];

const tails: readonly Tail[] = [
  ["absent", (bytes, frame) => bytes.subarray(0, frame), 3],
  ["cut at a sector's edge", (bytes, frame) => bytes.subarray(0, nextSector(frame)), 3],
  ["without its first sector", (bytes, frame) => bytes.fill(0, frame, nextSector(frame)), 3],
  [
    "without a sector inside",
    (bytes, frame) => bytes.fill(0, nextSector(frame), nextSector(frame) + 512),
    3,
  ],
  ["without its last sector", (bytes) => bytes.fill(0, bytes.length - (bytes.length % 512)), 3],
  ["whole", (bytes) => bytes, 4],
  [
    "whole, with a sector of zeroes behind it",
    (bytes) => Buffer.concat([bytes, Buffer.alloc(600)]),
    4,
  ],
];

const nextSector = (at: number): number => at - (at % 512) + 512;

/** `atRest`, and one more entry of so many bytes that is written but not yet synced. */
function withTail(textBytes = 2_000): TestStore {
  const store = atRest({ tick: false });
  store.mustBoot();
  store.disk.settle();
  store.log.append(one, [{ index: 4, term: 1, text: "x".repeat(textBytes) }]);
  store.log.flush();
  store.disk.complete();
  store.disk.crash(() => 0);
  return store;
}

test.each(tails)("a torn tail is cut: a frame %s", (_name, tear, kept) => {
  const store = withTail();
  const frame = frameOffsets(store.disk.content("raft-2.log"))[1] as number;
  store.disk.overwrite("raft-2.log", (bytes) => new Uint8Array(tear(bytes, frame)));
  const result = store.mustBoot();
  expect(result.regions[0]?.entries.length).toBe(kept);
  expect(result.kv.readMeta(one)?.appliedIndex).toBe(2);
  // And the store lives on behind the cut.
  store.log.append(one, [{ index: kept + 1, term: 1, text: "next" }]);
  store.log.flush();
  store.disk.settle();
  store.disk.losePower(testChance(1));
  expect(store.mustBoot().regions[0]?.entries.length).toBe(kept + 1);
});

test.each([
  ["inside a sector", 100],
  ["at a sector's edge, as a torn write may", 0],
])("no byte of a last frame can rot unnoticed that ends %s", (_where, behindEdge) => {
  const { length } = withTail().disk.content("raft-2.log");
  const store = withTail(2_000 + nextSector(length) - length + behindEdge);
  const good = store.disk.content("raft-2.log");
  expect(good.length % 512).toBe(behindEdge);
  const frame = frameOffsets(good)[1] as number;
  for (let at = frame; at < good.length; at += 7) {
    store.disk.overwrite("raft-2.log", () => flip(at)(good.slice()));
    const offset = { file: "raft-2.log", offset: frame };
    expect(store.boot(), `byte ${at}`).toMatchObject({ kind: "corrupt", ...offset });
    store.disk.crash(() => 0);
  }
});

test("no byte of the last durable frame can rot unnoticed behind which an append was torn", () => {
  const good = withTail().disk.content("raft-2.log");
  const frame = frameOffsets(good)[1] as number;
  const store = withTail();
  const next = Buffer.from(good.slice(frame)); // As much of the next frame as reaches an edge.
  const torn = Buffer.concat([good, next.subarray(0, nextSector(good.length) - good.length)]);
  // A wrong magic or length hides where the next one begins: then nothing is left that tells.
  for (let at = frame + 8; at < good.length; at += 7) {
    store.disk.overwrite("raft-2.log", () => flip(at)(new Uint8Array(torn)));
    const offset = { file: "raft-2.log", offset: frame };
    expect(store.boot(), `byte ${at}`).toMatchObject({ kind: "corrupt", ...offset });
    store.disk.crash(() => 0);
  }
});

test("a damaged key-value log goes back to an earlier batch, but not below what was synced", () => {
  for (let frame = 0; frame < 3; frame++) {
    const store = atRest({ tick: true });
    const offsets = frameOffsets(store.disk.content("kv-1.log"));
    store.disk.overwrite("kv-1.log", flip((offsets[frame] as number) + 40));
    const result = store.mustBoot();
    expect(result.kv.readMeta(one)?.appliedIndex ?? 0).toBe(frame);
    expect(result.regions[0]?.entries.length).toBe(3);
  }
  const store = atRest({ tick: true });
  store.mustBoot(); // Makes all three durable, and the new segment's base says so.
  store.disk.crash(() => 0);
  store.disk.overwrite("kv-1.log", flip(40));
  const text =
    "corrupt kv-1.log at 0: the key-value log ends with frame 0, but frame 3 was durable";
  expect(describe(store.boot())).toBe(text);
});

test("a checkpoint is whole or corrupt, wherever it is damaged", () => {
  const store = atRest({ tick: true });
  store.mustBoot();
  store.kv.checkpoint();
  store.disk.settle();
  const text = modelText(store.kv);
  const file = store.disk.list().find((name) => name.endsWith(".ckpt")) as string;
  const good = store.disk.content(file);
  for (let at = 0; at < good.length; at++) {
    store.disk.overwrite(file, flip(at));
    const result = store.boot();
    expect(result.kind, `byte ${at}`).toBe("corrupt");
    if (result.kind === "corrupt") expect(result.file).toBe(file);
    store.disk.crash(() => 0);
    store.disk.overwrite(file, () => good);
  }
  for (const length of [0, 1, 40, good.length - 1, good.length - 36]) {
    store.disk.overwrite(file, () => good.slice(0, length));
    expect(store.boot().kind, `${length} bytes`).toBe("corrupt");
    store.disk.crash(() => 0);
  }
  store.disk.overwrite(file, () => good);
  expect(modelText(store.mustBoot().kv)).toBe(text);
});

test("a missing file is corruption", () => {
  const lost = (name: string): string => {
    const store = atRest({ tick: true });
    store.mustBoot();
    writeMeta(store, metaAt(3)); // The next key-value file; the one before is still needed.
    store.disk.settle();
    store.disk.crash(() => 0);
    store.disk.remove(name, 0);
    store.disk.settle();
    return describe(store.boot());
  };
  expect(lost("kv-1.log")).toContain("frames 1 to 3 are missing before kv-2.log");
  expect(lost("raft-2.log")).toContain("the Raft log ends with frame 0, but frame 5 was durable");
});

test("a read error ends the recovery", () => {
  const store = atRest({ tick: true });
  store.disk.failure = ({ kind, file }) => (kind === "read" && file === "kv-1.log" ? "eio" : null);
  expect(describe(store.boot())).toBe("io read kv-1.log: eio");
});

test("so does an error when the recovered state is made durable", () => {
  for (const wanted of ["sync", "syncDirectory", "append"] as const) {
    const store = atRest({ tick: true });
    store.disk.failure = ({ kind }) => (kind === wanted ? "eio" : null);
    expect(store.boot().kind).toBe("io");
  }
});

test("a rotation, a checkpoint and a boot may be cut anywhere", () => {
  let cuts = 0;
  for (const kind of ["crash", "losePower"] as const) {
    for (let chance = 0; chance < 12; chance++) {
      for (let steps = 0; ; steps++) {
        const below = testChance(chance * 1000 + steps);
        const store = atRest({ tick: true });
        store.mustBoot();
        store.disk.settle();
        const before = modelText(store.kv);
        store.log.rotate();
        store.kv.checkpoint();
        let done = 0;
        for (; done < steps && store.disk.waiting.length > 0; done++) store.disk.complete(below);
        const end = store.disk.waiting.length === 0;
        store.disk[kind](below);
        const boot = store.startBoot();
        for (let at = below(9); at > 0 && store.disk.waiting.length > 0; at--) {
          store.disk.complete(below);
        }
        expect(boot.result === null || boot.result.kind === "recovered").toBe(true);
        store.disk[kind](below);
        const result = store.mustBoot(below);
        expect(modelText(result.kv)).toBe(before);
        expect(result.regions[0]?.entries.length).toBe(3);
        cuts += 1;
        if (end) break;
      }
    }
  }
  expect(cuts).toBeGreaterThan(200);
});

test("nothing is left behind: after a boot at rest only what is needed is on the disk", () => {
  const store = atRest({ tick: true });
  for (let round = 0; round < 5; round++) {
    store.mustBoot();
    writeMeta(store, metaAt(3));
    store.kv.checkpoint();
    store.disk.settle();
    store.disk.crash(() => 0);
  }
  store.mustBoot();
  store.disk.settle();
  const shapes = store.disk.list().map((name) => name.replace(/\d+/, "N"));
  expect(shapes).toEqual(["kv-N.ckpt", "raft-N.log"]);
});

test("a log begins behind a snapshot whose data was durable before the crash", () => {
  for (const [name, snapshot, entries] of [
    ["beyond the log", { baseIndex: 9, baseTerm: 2 }, 0],
    ["in a log of another term", { baseIndex: 2, baseTerm: 2 }, 0],
    ["in a log that agrees", { baseIndex: 2, baseTerm: 1 }, 3],
  ] as const) {
    const store = atRest({ tick: false });
    store.mustBoot();
    store.log.hardState(one, { term: 1, vote: 3, commit: 2 });
    store.log.flush();
    writeMeta(store, metaAt(snapshot.baseIndex, snapshot));
    store.kv.sync();
    store.disk.settle();
    store.disk.crash(() => 0);
    const region = store.mustBoot().regions[0];
    expect(region?.entries.length, name).toBe(entries);
    expect(region?.truncatedIndex, name).toBe(entries === 0 ? snapshot.baseIndex : 0);
    if (entries === 0) {
      expect(region?.hardState).toEqual({ term: 2, vote: 0, commit: snapshot.baseIndex });
    }
  }
});

test("a region that is new in the key-value engine gets its log at the next boot", () => {
  const store = atRest({ tick: false });
  store.mustBoot();
  writeMeta(store, metaAt(5, { baseIndex: 5, baseTerm: 5 }), regionId(7));
  store.kv.sync();
  store.disk.settle();
  store.disk.crash(() => 0);
  const region = store.mustBoot().regions.find(({ region: id }) => id === 7);
  expect(region).toMatchObject({ truncatedIndex: 5, truncatedTerm: 5 });
  expect(region?.hardState).toEqual({ term: 5, vote: 0, commit: 5 });
});

test("a tombstone takes what is left of its log", () => {
  const store = atRest({ tick: false });
  store.mustBoot();
  const batch = new KvBatch();
  batch.meta(one, metaAt(0, { tombstone: true }));
  store.kv.write(batch);
  store.kv.sync();
  store.disk.settle();
  store.disk.crash(() => 0);
  const result = store.mustBoot();
  expect(result.log.region(one)).toBeUndefined();
  expect(result.regions[0]).toMatchObject({ entries: [], meta: { tombstone: true } });
});

test("applied beyond the durable log: refused, unless so much was allowed", () => {
  for (const [unpersistedAppliesMax, expected] of [
    [0, "corrupt raft-1.log at 213: region 1 is applied to 4, its log ends at 3"],
    [1, "recovered"],
  ] as const) {
    const store = new TestStore({ segmentBytesMax: 10_000, unpersistedAppliesMax });
    store.mustBoot();
    for (let index = 1; index <= 3; index++) {
      store.log.append(one, [{ index, term: 1, text: `entry ${index}` }]);
      store.log.flush();
      store.disk.settle();
    }
    writeMeta(store, metaAt(4));
    store.disk.settle();
    store.disk.crash(() => 0);
    expect(describe(store.boot())).toBe(expected);
  }
});

test("the log's beginning moves only over what is durable in the key-value engine", () => {
  const store = atRest({ tick: false });
  store.mustBoot();
  writeMeta(store, metaAt(3));
  const claim = "what is compacted away is durable in the key-value engine";
  expect(() => store.log.compact(one, { index: 3, term: 1 })).toThrow(claim);
  expect(() => store.log.reset(one, { index: 9, term: 1 })).toThrow("a snapshot's data is durable");
  store.kv.sync();
  expect(() => store.log.compact(one, { index: 3, term: 1 })).toThrow(claim);
  store.disk.settle();
  expect(store.kv.durableAppliedIndex(one)).toBe(3);
  store.log.compact(one, { index: 3, term: 1 });
  store.log.flush();
  store.disk.settle();
  store.disk.losePower(testChance(1));
  expect(store.mustBoot().regions[0]).toMatchObject({ truncatedIndex: 3, entries: [] });
});
