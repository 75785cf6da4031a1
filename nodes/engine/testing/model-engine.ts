/** The contract's engine as plainly as it can be said: a sorted array, copied for snapshots. */
import type { RegionId } from "../../ids.ts";
import type { Engine, KvPair, KvRange, KvScan, KvSnapshot } from "../engine.ts";
import { type BatchTarget, familyPrefix, type KvBatch } from "../kv-batch.ts";
import type { ColumnFamily, RegionMeta } from "../vocabulary.ts";

type Pair = readonly [storedKey: string, value: Uint8Array];

/** The model. */
export class ModelEngine implements Engine, BatchTarget {
  #pairs: Pair[] = [];
  readonly #metas = new Map<RegionId, RegionMeta>();

  write(batch: KvBatch): void {
    batch.replay(this);
  }

  put(cf: ColumnFamily, key: string, value: Uint8Array): void {
    this.delete(cf, key);
    this.#pairs.push([familyPrefix(cf) + key, value]);
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  delete(cf: ColumnFamily, key: string): void {
    const storedKey = familyPrefix(cf) + key;
    this.#pairs = this.#pairs.filter(([one]) => one !== storedKey);
  }

  deleteRange(cf: ColumnFamily, start: string, end: string): void {
    const doomed = new Set(
      this.#range({ cf, start, end }).map(({ key }) => familyPrefix(cf) + key),
    );
    this.#pairs = this.#pairs.filter(([one]) => !doomed.has(one));
  }

  meta(region: RegionId, meta: RegionMeta): void {
    this.#metas.set(region, meta);
  }

  dropMeta(region: RegionId): void {
    this.#metas.delete(region);
  }

  get(cf: ColumnFamily, key: string): Uint8Array | undefined {
    return this.#pairs.find(([one]) => one === familyPrefix(cf) + key)?.[1];
  }

  scan(scan: KvScan): KvPair[] {
    return this.#range(scan).slice(0, Math.max(0, scan.limit));
  }

  reverseScan(scan: KvScan): KvPair[] {
    return this.#range(scan).reverse().slice(0, Math.max(0, scan.limit));
  }

  /** A digest of its own kind: equal where the contents are equal. */
  checksum(range: KvRange): number {
    return textDigest(
      JSON.stringify(this.#range(range).map(({ key, value }) => [key, [...value]])),
    );
  }

  snapshot(): KvSnapshot {
    const copy = new ModelEngine();
    copy.#pairs = [...this.#pairs];
    return Object.assign(copy, { close: () => {} });
  }

  readMeta(region: RegionId): RegionMeta | undefined {
    return this.#metas.get(region);
  }

  metaRegions(): RegionId[] {
    return [...this.#metas.keys()].sort((a, b) => a - b);
  }

  digest(): number {
    return textDigest(modelText(this));
  }

  #range({ cf, start, end }: KvRange): KvPair[] {
    const prefix = familyPrefix(cf);
    return this.#pairs
      .filter(([one]) => one.startsWith(prefix))
      .map(([one, value]) => ({ key: one.slice(1), value }))
      .filter(({ key }) => key >= start && (end === "" || key < end));
  }
}

/** Everything in an engine as one text: two engines are equal where their texts are. */
export function modelText(engine: Engine): string {
  const lines: string[] = [];
  for (const cf of ["default", "lock", "write"] as const) {
    for (const { key, value } of engine.scan({ cf, start: "", end: "", limit: 1e9 })) {
      lines.push(`${cf} ${key}=${Buffer.from(value).toString("latin1")}`);
    }
  }
  for (const region of engine.metaRegions()) {
    const { state, ...fields } = engine.readMeta(region) as RegionMeta;
    lines.push(`${region} ${JSON.stringify(fields)} ${Buffer.from(state).toString("latin1")}`);
  }
  return lines.join("\n");
}

function textDigest(text: string): number {
  let hash = 7;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x1000193);
  return hash >>> 0;
}
