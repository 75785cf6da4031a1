/** A batch of changes to the key-value engine: collected, then written as one atomic record. */
import { assert, unreachable } from "../../sim/assert.ts";
import { emptyBytes } from "../../sim/bytes.ts";
import type { RegionId } from "../ids.ts";
import type { ByteReader, ByteWriter } from "./byte-writer.ts";
import { type ColumnFamily, columnFamilies, type RegionMeta } from "./vocabulary.ts";

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

const familyByPrefix = new Map(columnFamilies.map((cf) => [familyPrefix(cf).charCodeAt(0), cf]));

/** The family of a stored key's first character. */
function familyOf(prefix: number): ColumnFamily {
  const cf = familyByPrefix.get(prefix);
  assert(cf !== undefined, "a stored key begins with its family");
  return cf;
}

/** Where operations are carried out. */
export interface BatchTarget {
  put(cf: ColumnFamily, key: string, value: Uint8Array): void;
  delete(cf: ColumnFamily, key: string): void;
  /** From `start` up to, not including, `end`; "" is no bound. */
  deleteRange(cf: ColumnFamily, start: string, end: string): void;
  meta(region: RegionId, meta: RegionMeta): void;
  dropMeta(region: RegionId): void;
}

/** Changes in order. Owned by its maker, who may clear and refill it after each write. */
export class KvBatch {
  #count = 0;
  readonly #kinds: Operation[] = [];
  readonly #families: ColumnFamily[] = [];
  /** The key, or the start of a range. */
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
    this.#add(operations.put, cf, key, "", value);
  }

  /** Removes a key, which may be absent. */
  delete(cf: ColumnFamily, key: string): void {
    this.#add(operations.delete, cf, key, "", emptyBytes);
  }

  /** Removes the keys of [start, end) that exist at this place of the batch; "" is no bound. */
  deleteRange(cf: ColumnFamily, start: string, end: string): void {
    this.#add(operations.deleteRange, cf, start, end, emptyBytes);
  }

  /** Replaces a region's record. Data and applied index belong in the same batch. */
  meta(region: RegionId, meta: RegionMeta): void {
    const at = this.#add(operations.meta, "default", "", "", emptyBytes);
    this.#regions[at] = region;
    this.#metas[at] = meta;
  }

  /** Removes a region's record. */
  dropMeta(region: RegionId): void {
    const at = this.#add(operations.dropMeta, "default", "", "", emptyBytes);
    this.#regions[at] = region;
  }

  /** Empties it for the next use. */
  clear(): void {
    this.#count = 0;
  }

  /** Carries out the operations in order. */
  replay(target: BatchTarget): void {
    for (let at = 0; at < this.#count; at++) {
      const kind = this.#kinds[at] as Operation;
      const cf = this.#families[at] as ColumnFamily;
      const key = this.#keys[at] as string;
      switch (kind) {
        case operations.put:
          target.put(cf, key, this.#values[at] as Uint8Array);
          break;
        case operations.delete:
          target.delete(cf, key);
          break;
        case operations.deleteRange:
          target.deleteRange(cf, key, this.#ends[at] as string);
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
    for (let at = 0; at < this.#count; at++) {
      const kind = this.#kinds[at] as Operation;
      const cf = this.#families[at] as ColumnFamily;
      const key = this.#keys[at] as string;
      switch (kind) {
        case operations.put:
          encodePut(writer, cf, key, this.#values[at] as Uint8Array);
          break;
        case operations.delete:
          writer.u32(operations.delete);
          encodeKey(writer, prefixCode(cf), key);
          break;
        case operations.deleteRange:
          encodeRange(writer, cf, key, this.#ends[at] as string);
          break;
        case operations.meta:
          encodeMeta(writer, this.#regions[at] as RegionId, this.#metas[at] as RegionMeta);
          break;
        case operations.dropMeta:
          writer.u32(operations.dropMeta);
          writer.u32(this.#regions[at] as RegionId);
          break;
        default:
          unreachable(kind);
      }
    }
  }

  #add(kind: Operation, cf: ColumnFamily, key: string, end: string, value: Uint8Array): number {
    const at = this.#count++;
    this.#kinds[at] = kind;
    this.#families[at] = cf;
    this.#keys[at] = key;
    this.#ends[at] = end;
    this.#values[at] = value;
    this.#regions[at] = 0;
    this.#metas[at] = null;
    return at;
  }
}

/** Writes one operation as bytes. Keys are stored keys there: the family's prefix and the key. */
export function encodePut(
  writer: ByteWriter,
  cf: ColumnFamily,
  key: string,
  value: Uint8Array,
): void {
  writer.u32(operations.put);
  encodeKey(writer, prefixCode(cf), key);
  writer.run(value);
}

/** The same of a region's record. */
export function encodeMeta(writer: ByteWriter, region: RegionId, meta: RegionMeta): void {
  writer.u32(operations.meta);
  writer.u32(region);
  writer.u32(meta.appliedIndex);
  writer.u32(meta.appliedTerm);
  writer.u32(meta.baseIndex);
  writer.u32(meta.baseTerm);
  writer.u32(meta.tombstone ? 1 : 0);
  writer.run(meta.state);
}

function encodeRange(writer: ByteWriter, cf: ColumnFamily, start: string, end: string): void {
  const prefix = prefixCode(cf);
  writer.u32(operations.deleteRange);
  encodeKey(writer, prefix, start);
  // A range without an end goes up to the next family's beginning.
  encodeKey(writer, end === "" ? prefix + 1 : prefix, end);
}

function encodeKey(writer: ByteWriter, prefix: number, key: string): void {
  writer.u32(1 + key.length);
  writer.byte(prefix);
  writer.text(key);
}

const prefixCode = (cf: ColumnFamily): number => familyPrefix(cf).charCodeAt(0);

/** Carries out the operations of an encoded batch. Its checksum was found good before. */
export function replayEncoded(reader: ByteReader, target: BatchTarget): void {
  while (!reader.done) {
    const kind = reader.u32();
    if (kind === operations.put || kind === operations.delete) {
      const length = reader.u32() - 1;
      const cf = familyOf(reader.byte());
      const key = reader.text(length);
      if (kind === operations.put) target.put(cf, key, reader.run());
      else target.delete(cf, key);
    } else if (kind === operations.deleteRange) {
      const length = reader.u32() - 1;
      const cf = familyOf(reader.byte());
      const start = reader.text(length);
      const endLength = reader.u32() - 1;
      reader.byte();
      target.deleteRange(cf, start, reader.text(endLength));
    } else if (kind === operations.meta) {
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
