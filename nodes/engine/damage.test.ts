/**
 * Damage that checksums alone do not see: whole frames and files where they do not belong, and
 * states that contradict each other. To add a case, bring a store to rest and change a file.
 */
import { beforeAll, expect, test } from "vitest";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import { ByteWriter } from "./byte-writer.ts";
import { beginFrame, endFrame, frameHeaderBytes, magics, readFrame } from "./frame.ts";
import { KvBatch } from "./kv-batch.ts";
import { testChance } from "./testing/fault-disk.ts";
import { atRest, frameOffsets, metaAt, one, writeMeta } from "./testing/rest.ts";
import { describe, testPool } from "./testing/test-store.ts";

beforeAll(() => testPool.prepare(1));

test("a frame in the place of another of its size is found out", () => {
  const store = atRest({ tick: true });
  const offsets = frameOffsets(store.disk.content("raft-1.log"));
  const [second = 0, third = 0, fourth = 0] = offsets.slice(1);
  expect(third - second).toBe(fourth - third);
  store.disk.overwrite("raft-1.log", (bytes) => bytes.copyWithin(second, third, fourth));
  expect(describe(store.boot())).toContain(`corrupt raft-1.log at ${second}`);
});

test("a frame at the beginning of its segment is not taken for the base", () => {
  const store = atRest({ tick: true });
  const last = frameOffsets(store.disk.content("raft-1.log"))[3] as number;
  store.disk.overwrite("raft-1.log", (bytes) => {
    const size = bytes.length - last;
    return bytes.copyWithin(0, last).fill(0, size);
  });
  const text = "corrupt raft-1.log at 0: the Raft log ends with frame 0, but frame 3 was durable";
  expect(describe(store.boot())).toBe(text);
});

test("a file in the place of another is found out", () => {
  for (const [from, to] of [
    ["raft-2.log", "raft-3.log"],
    ["kv-1.log", "kv-2.log"],
  ] as const) {
    const store = atRest({ tick: true });
    store.mustBoot(); // Leaves raft-2.log and kv-1.log, of which kv-1.log stays needed.
    const old = from === "raft-2.log" ? store.disk.content(from) : null;
    writeMeta(store, metaAt(3));
    store.disk.settle();
    store.disk.crash(() => 0);
    store.mustBoot();
    store.kv.tick();
    store.disk.settle();
    store.disk.crash(() => 0);
    store.disk.overwrite(to, () => old ?? store.disk.content(from));
    expect(describe(store.boot())).toContain(`corrupt ${to} at 0`);
  }
});

test("frames that a read once found damaged do not come back", () => {
  const store = atRest({ tick: true });
  const good = store.disk.content("kv-1.log");
  const last = frameOffsets(good)[2] as number;
  store.disk.overwrite("kv-1.log", (bytes) => bytes.fill(0, last));
  store.mustBoot();
  const batch = new KvBatch();
  batch.put("default", "key 3", latin1Bytes("written again"));
  batch.meta(one, metaAt(3));
  store.kv.write(batch);
  store.disk.settle();
  store.disk.crash(() => 0);
  store.disk.overwrite("kv-1.log", () => good);
  const { kv } = store.mustBoot();
  expect(latin1Text(kv.get("default", "key 3") ?? new Uint8Array(0))).toBe("written again");
});

test("a checkpoint is no more and no less than its entries", () => {
  const store = atRest({ tick: true });
  store.mustBoot();
  store.kv.checkpoint();
  store.disk.settle();
  store.disk.crash(() => 0);
  const name = store.disk.list().find((file) => file.endsWith(".ckpt")) as string;
  const good = store.disk.content(name);
  store.disk.overwrite(name, () => new Uint8Array([...good, 1, 2, 3]));
  expect(describe(store.boot())).toContain("a damaged frame in a checkpoint");
  store.disk.crash(() => 0);
  store.disk.overwrite(name, () => withOtherValue(good));
  expect(describe(store.boot())).toContain("disagree with its digest");
});

/** The checkpoint with one value changed, and the checksum of its frame made to fit. */
function withOtherValue(good: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  const view = new DataView(good.buffer, good.byteOffset, good.length);
  for (const offset of frameOffsets(good)) {
    const frame = readFrame(view, offset, magics.checkpoint);
    if (frame === null) throw new Error("the checkpoint is good");
    const at = beginFrame(writer);
    const payload = good.slice(frame.start, frame.end);
    if (frame.sequence === 2) payload[payload.length - 1] = 0x7f;
    writer.bytes(payload);
    endFrame(writer, at, frame);
  }
  expect(writer.length).toBe(good.length);
  return writer.take();
}

test("a log whose region is unknown to the key-value engine is found out", () => {
  const store = atRest({ tick: true });
  store.mustBoot();
  store.log.compact(one, { index: 3, term: 1 });
  store.log.flush();
  const batch = new KvBatch();
  batch.dropMeta(one);
  store.kv.write(batch);
  store.kv.sync();
  store.disk.settle();
  store.disk.crash(() => 0);
  const text = "region 1 is applied to 0, its log begins at 4";
  expect(describe(store.boot())).toContain(text);
});

test("a boot may lose power at any step, with names that were never made durable", () => {
  for (let chance = 0; chance < 30; chance++) {
    for (let steps = 0; steps < 8; steps++) {
      const below = testChance(chance * 100 + steps);
      const store = atRest({ tick: true });
      store.startBoot();
      for (let left = steps; left > 0 && store.disk.waiting.length > 0; left--) {
        store.disk.complete(below);
      }
      store.disk.losePower(below);
      expect(store.mustBoot(below).regions[0]?.entries.length).toBe(3);
    }
  }
});

test("a claim is a whole frame of the right file, wherever it lies", () => {
  const store = atRest({ tick: true });
  const bytes = store.disk.content("raft-1.log");
  const offsets = frameOffsets(bytes);
  // The last frame alone, behind garbage, still says that the two before it were durable.
  store.disk.remove("kv-1.log", 0);
  store.disk.settle();
  store.disk.overwrite("raft-1.log", (all) => all.fill(0xaa, 0, offsets[3] as number));
  const text = "corrupt raft-1.log at 0: the Raft log ends with frame 0, but frame 3 was durable";
  expect(describe(store.boot())).toBe(text);
  expect(frameHeaderBytes).toBe(28);
});
