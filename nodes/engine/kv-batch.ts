/** A batch of changes to the key-value engine: collected, then written as one atomic record. */
import { assert, unreachable } from "../../sim/assert.ts";
import { emptyBytes } from "../../sim/bytes.ts";
import type { RegionId } from "../ids.ts";
import type { ByteReader, ByteWriter } from "./byte-writer.ts";
import type { ColumnFamily, RegionMeta } from "./vocabulary.ts";

/** What an operation of a batch does. The numbers are on disk. */
export const operations = { put: 1, delete: 2, deleteRange: 3, meta: 4, dropMeta: 5 } as const;

/** One of `operations`. */
export type Operation = (typeof operations)[keyof typeof operations];

/** The first character of a stored key: "d", "l" or "w" for default, lock and write. */
export function familyPrefix(cf: ColumnFamily): string {
  switch (cf) {
    case "default":
      return "d";
    case "lock":
      return "l";
    case "write":
      return "w";
    default:
      return unreachable(cf);
  }
}

/** Where operations are carried out. Keys are stored keys: family prefix and key. */
export interface BatchTarget {
  put(storedKey: string, value: Uint8Array): void;
  delete(storedKey: string): void;
  /** From `start` up to, not including, `end`, both of one family; `end` is never open. */
  deleteRange(start: string, end: string): void;
  meta(region: RegionId, meta: RegionMeta): void;
  dropMeta(region: RegionId): void;
}

/** Changes in order. Owned by its maker, who may clear and refill it after each write. */
export class KvBatch {
  #count = 0;
  readonly #kinds: Operation[] = [];
  /** The stored key, or the start of a range. */
  readonly #keys: string[] = [];
  readonly #ends: string[] = [];
  readonly #values: Uint8Array[] = [];
  readonly #regions: number[] = [];
  readonly #metas: (RegionMeta | null)[] = [];

  /** How many operations it holds. */
  get count(): number {
    return this.#count;
  }

  /** Sets a key. The value is kept by reference: never change it afterwards. */
  put(cf: ColumnFamily, key: string, value: Uint8Array): void {
    this.#add(operations.put, familyPrefix(cf) + key, "", value);
  }

  /** Removes a key, which may be absent. */
  delete(cf: ColumnFamily, key: string): void {
    this.#add(operations.delete, familyPrefix(cf) + key, "", emptyBytes);
  }

  /** Removes the keys of [start, end) that exist at this place of the batch; "" is no bound. */
  deleteRange(cf: ColumnFamily, start: string, end: string): void {
    const prefix = familyPrefix(cf);
    this.#add(operations.deleteRange, prefix + start, rangeEnd(prefix, end), emptyBytes);
  }

  /** Replaces a region's record. Data and applied index belong in the same batch. */
  meta(region: RegionId, meta: RegionMeta): void {
    const at = this.#add(operations.meta, "", "", emptyBytes);
    this.#regions[at] = region;
    this.#metas[at] = meta;
  }

  /** Removes a region's record. */
  dropMeta(region: RegionId): void {
    this.#regions[this.#add(operations.dropMeta, "", "", emptyBytes)] = region;
  }

  /** Empties it for the next use. */
  clear(): void {
    this.#count = 0;
  }

  /** Carries out the operations in order. */
  replay(target: BatchTarget): void {
    for (let at = 0; at < this.#count; at++) {
      const kind = this.#kinds[at] as Operation;
      const storedKey = this.#keys[at] as string;
      switch (kind) {
        case operations.put:
          target.put(storedKey, this.#values[at] as Uint8Array);
          break;
        case operations.delete:
          target.delete(storedKey);
          break;
        case operations.deleteRange:
          target.deleteRange(storedKey, this.#ends[at] as string);
          break;
        case operations.meta:
          target.meta(this.#regions[at] as RegionId, this.#metas[at] as RegionMeta);
          break;
        case operations.dropMeta:
          target.dropMeta(this.#regions[at] as RegionId);
          break;
        default:
          unreachable(kind);
      }
    }
  }

  /** Appends the operations as the payload of one frame. */
  encode(writer: ByteWriter): void {
    this.replay(new BatchEncoder(writer));
  }

  #add(kind: Operation, storedKey: string, end: string, value: Uint8Array): number {
    const at = this.#count++;
    this.#kinds[at] = kind;
    this.#keys[at] = storedKey;
    this.#ends[at] = end;
    this.#values[at] = value;
    this.#regions[at] = 0;
    this.#metas[at] = null;
    return at;
  }
}

/** The stored key that ends a range of family `prefix`: "" becomes the next family's beginning. */
export function rangeEnd(prefix: string, end: string): string {
  return end === "" ? String.fromCharCode(prefix.charCodeAt(0) + 1) : prefix + end;
}

/** Writes operations as bytes. */
export class BatchEncoder implements BatchTarget {
  readonly #writer: ByteWriter;

  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  put(storedKey: string, value: Uint8Array): void {
    this.#writer.u32(operations.put);
    this.#writer.text(storedKey);
    this.#writer.run(value);
  }

  delete(storedKey: string): void {
    this.#writer.u32(operations.delete);
    this.#writer.text(storedKey);
  }

  deleteRange(start: string, end: string): void {
    this.#writer.u32(operations.deleteRange);
    this.#writer.text(start);
    this.#writer.text(end);
  }

  meta(region: RegionId, meta: RegionMeta): void {
    this.#writer.u32(operations.meta);
    this.#writer.u32(region);
    this.#writer.u32(meta.appliedIndex);
    this.#writer.u32(meta.appliedTerm);
    this.#writer.u32(meta.baseIndex);
    this.#writer.u32(meta.baseTerm);
    this.#writer.u32(meta.tombstone ? 1 : 0);
    this.#writer.run(meta.state);
  }

  dropMeta(region: RegionId): void {
    this.#writer.u32(operations.dropMeta);
    this.#writer.u32(region);
  }
}

/** Carries out the operations of an encoded batch. Its checksum was found good before. */
export function replayEncoded(reader: ByteReader, target: BatchTarget): void {
  while (!reader.done) {
    const kind = reader.u32();
    if (kind === operations.put) target.put(reader.text(), reader.run());
    else if (kind === operations.delete) target.delete(reader.text());
    else if (kind === operations.deleteRange) target.deleteRange(reader.text(), reader.text());
    else if (kind === operations.meta) {
      const region = reader.u32() as RegionId;
      target.meta(region, {
        appliedIndex: reader.u32(),
        appliedTerm: reader.u32(),
        baseIndex: reader.u32(),
        baseTerm: reader.u32(),
        tombstone: reader.u32() === 1,
        state: reader.run(),
      });
    } else {
      assert(kind === operations.dropMeta, "a batch on disk holds known operations");
      target.dropMeta(reader.u32() as RegionId);
    }
  }
}
