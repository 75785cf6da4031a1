/** A store at rest whose files a test then damages. */
import { latin1Bytes } from "../../../sim/bytes.ts";
import { type RegionId, regionId } from "../../ids.ts";
import { readU32 } from "../byte-writer.ts";
import { frameHeaderBytes } from "../frame.ts";
import { KvBatch } from "../kv-batch.ts";
import type { RegionMeta } from "../vocabulary.ts";
import { TestStore } from "./test-store.ts";

/** The region of these tests. */
export const one: RegionId = regionId(1);

/** Where each frame of an undamaged file begins. */
export function frameOffsets(bytes: Uint8Array): number[] {
  const offsets: number[] = [];
  let at = 0;
  for (; at < bytes.length; at += frameHeaderBytes + readU32(bytes, at + 4)) offsets.push(at);
  return offsets;
}

/** A region's record at an applied index. */
export function metaAt(appliedIndex: number, more: Partial<RegionMeta> = {}): RegionMeta {
  const state = latin1Bytes(`state ${appliedIndex}`);
  const none = { baseIndex: 0, baseTerm: 0, tombstone: false };
  return { appliedIndex, appliedTerm: 1, ...none, state, ...more };
}

/** Writes a record, and a key with it, as one batch. */
export function writeMeta(store: TestStore, record: RegionMeta, region: RegionId = one): void {
  const batch = new KvBatch();
  batch.put("default", `key ${record.appliedIndex}`, latin1Bytes(`value ${record.appliedIndex}`));
  batch.meta(region, record);
  store.kv.write(batch);
}

/**
 * A store that has crashed at rest. raft-1.log: the base and three frames with entries 1 to 3, all
 * durable. kv-1.log: the writes of entries 1 and 2, and with `tick` 3, whose frame vouches for the
 * last one of the log; none of them synced.
 */
export function atRest({ tick }: { readonly tick: boolean }): TestStore {
  const store = new TestStore({ segmentBytesMax: 10_000, walBytesMax: 10_000 });
  store.mustBoot();
  const applied = tick ? 3 : 2;
  for (let index = 1; index <= 3; index++) {
    store.log.append(one, [{ index, term: 1, text: `entry ${index}` }]);
    store.log.flush();
    store.disk.settle();
    if (!tick && index <= applied) writeMeta(store, metaAt(index));
  }
  for (let index = 1; tick && index <= applied; index++) writeMeta(store, metaAt(index));
  store.disk.settle();
  store.disk.crash(() => 0);
  return store;
}
