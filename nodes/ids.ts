/** The vocabulary of ids: branded numbers and strings, each with one checked constructor. */
import { assert } from "../sim/assert.ts";

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** A region (one Raft group over one key range). Positive: 0 means "none". */
export type RegionId = Branded<number, "RegionId">;
/** A store, that is one TiKV server. Positive: 0 means "none". */
export type StoreId = Branded<number, "StoreId">;
/** A Raft member's id, unique in its cluster. Positive: 0 means "none" on the wire. */
export type PeerId = Branded<number, "PeerId">;
/** A Raft term. Counts elections from 0 upwards and never goes back on one peer. */
export type Term = Branded<number, "Term">;
/** A position in a Raft log. The first entry has index 1; 0 means "before the first". */
export type LogIndex = Branded<number, "LogIndex">;
/** A key: a latin1 string, one character a byte (`sim/bytes.ts`). "" as a range end is "no end". */
export type Key = Branded<string, "Key">;

const positive = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
const natural = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

export const regionId = (value: number): RegionId => {
  assert(positive(value), "a region id is a positive integer");
  return value as RegionId;
};
export const storeId = (value: number): StoreId => {
  assert(positive(value), "a store id is a positive integer");
  return value as StoreId;
};
export const peerId = (value: number): PeerId => {
  assert(positive(value), "a peer id is a positive integer");
  return value as PeerId;
};
export const term = (value: number): Term => {
  assert(natural(value), "a term is a non-negative integer");
  return value as Term;
};
export const logIndex = (value: number): LogIndex => {
  assert(natural(value), "a log index is a non-negative integer");
  return value as LogIndex;
};
export const key = (value: string): Key => value as Key;
