/** One case of a check: everything that one try is made of, and how to make it smaller. */
import type { KeyRange, KvPair } from "../../plugins/index.ts";
import { emptyBytes } from "../../sim/bytes.ts";
import { type Disturbance, simplerDisturbances } from "./disturbance.ts";
import type { Fault } from "./emulator.ts";

/** A case as data: checks draw it, shrinking makes it smaller, repro files carry it. */
export type VerifyCase = {
  /** In byte order of their keys, no key twice. */
  readonly rows: readonly KvPair[];
  readonly ranges: readonly KeyRange[];
  readonly request: Uint8Array;
  /** Where the key space (or, for fragments, the ranges) is cut: ascending. */
  readonly cuts: readonly string[];
  /** Which of its check's relations the case puts to the test. */
  readonly relation: string;
  /** The storage call that fails, or null. */
  readonly fault: Fault | null;
  /** What happens beside the request, or null. */
  readonly disturbance: Disturbance | null;
};

/** How big a case is. */
export type CaseSize = {
  readonly cuts: number;
  readonly keys: number;
  /** Of the request and the values together. */
  readonly bytes: number;
};

/** Counts what there is to read in a case. */
export function caseSize({ cuts, rows, request }: VerifyCase): CaseSize {
  const bytes = rows.reduce((sum, { value }) => sum + value.length, request.length);
  return { cuts: cuts.length, keys: rows.length, bytes };
}

/** Rows in byte order; of equal keys the first counts, and the empty key is none. */
export function normalRows(rows: readonly KvPair[]): readonly KvPair[] {
  const first = new Map<string, KvPair>();
  for (const { key, value } of rows) {
    if (key !== "" && !first.has(key)) first.set(key, { key, value: Uint8Array.from(value) });
  }
  return [...first.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** What may be made smaller. */
export type Shrinkable =
  | "cuts"
  | "rows"
  | "ranges"
  | "values"
  | "request"
  | "fault"
  | "disturbance";

export type ShrinkCaseOptions = {
  readonly found: VerifyCase;
  /** True if a smaller case still shows the same thing. */
  readonly stillFails: (one: VerifyCase) => boolean;
  readonly parts: readonly Shrinkable[];
  /** No new try once this says so. */
  readonly expired: () => boolean;
};

/**
 * The smallest case found: fewest cuts first, then fewest keys, then fewest and smallest bytes;
 * again until nothing helps.
 */
export function shrinkCase({ found, stillFails, parts, expired }: ShrinkCaseOptions): VerifyCase {
  let best = found;
  let helped = true;
  const attempt = (candidate: VerifyCase): boolean => {
    if (expired() || !stillFails(candidate)) return false;
    best = candidate;
    helped = true;
    return true;
  };
  for (let round = 0; round < 4 && helped; round++) {
    helped = false;
    for (const part of parts) passes[part](() => best, attempt);
  }
  return best;
}

type Attempt = (candidate: VerifyCase) => boolean;
type Pass = (current: () => VerifyCase, attempt: Attempt) => void;

const passes: Readonly<Record<Shrinkable, Pass>> = {
  cuts: (current, attempt) => dropItems(current().cuts, (cuts) => attempt({ ...current(), cuts })),
  rows: (current, attempt) => dropItems(current().rows, (rows) => attempt({ ...current(), rows })),
  ranges: shrinkRanges,
  values: shrinkValues,
  request: shrinkRequest,
  fault: (current, attempt) => {
    const { fault } = current();
    for (let call = 1; fault !== null && call < fault.call; call++) {
      if (attempt({ ...current(), fault: { ...fault, call } })) return;
    }
  },
  disturbance: (current, attempt) => {
    for (;;) {
      const { disturbance } = current();
      if (disturbance === null) return;
      const simpler = simplerDisturbances(disturbance);
      if (!simpler.some((one) => attempt({ ...current(), disturbance: one }))) return;
    }
  },
};

/** Leaves out as much of a list as it can: all, halves, then ever smaller parts from the end. */
function dropItems<Item>(
  items: readonly Item[],
  attempt: (rest: readonly Item[]) => boolean,
): void {
  let kept = items;
  if (kept.length > 0 && attempt([])) return;
  for (let part = Math.ceil(kept.length / 2); part >= 1; part = Math.floor(part / 2)) {
    for (let end = kept.length; end > 0; end -= part) {
      const rest = [...kept.slice(0, Math.max(0, end - part)), ...kept.slice(end)];
      if (rest.length < kept.length && attempt(rest)) kept = rest;
    }
  }
}

const everything: KeyRange = { start: "", end: "" };

function shrinkRanges(current: () => VerifyCase, attempt: Attempt): void {
  const { ranges } = current();
  if (ranges.length === 1 && isEverything(ranges[0] as KeyRange)) return;
  if (attempt({ ...current(), ranges: [everything] })) return;
  dropItems(ranges, (rest) => attempt({ ...current(), ranges: rest }));
  current().ranges.forEach((range, at) => {
    for (const simpler of [
      { ...range, start: "" },
      { ...range, end: "" },
    ]) {
      if (simpler.start === range.start && simpler.end === range.end) continue;
      const replaced = current().ranges.map((one, index) => (index === at ? simpler : one));
      if (attempt({ ...current(), ranges: replaced })) return;
    }
  });
}

const isEverything = ({ start, end }: KeyRange): boolean => start === "" && end === "";

function shrinkValues(current: () => VerifyCase, attempt: Attempt): void {
  current().rows.forEach((_, at) => {
    const replace = (value: Uint8Array): boolean =>
      attempt({
        ...current(),
        rows: current().rows.map((row, index) => (index === at ? { ...row, value } : row)),
      });
    shrinkBytes(() => (current().rows[at] as KvPair).value, replace);
  });
}

function shrinkRequest(current: () => VerifyCase, attempt: Attempt): void {
  shrinkBytes(
    () => current().request,
    (request) => attempt({ ...current(), request }),
  );
}

/**
 * Nothing, the first half, one byte less; then zeros, a single byte among zeros; then every byte by
 * itself: zero, one bit, or half of what it is.
 */
function shrinkBytes(current: () => Uint8Array, replace: (bytes: Uint8Array) => boolean): void {
  if (current().length > 0 && replace(emptyBytes)) return;
  while (current().length > 1 && replace(current().slice(0, current().length >> 1)));
  while (current().length > 0 && replace(current().slice(0, -1)));
  const zeros = new Uint8Array(current().length);
  if (current().some((byte) => byte !== 0) && replace(zeros)) return;
  for (let at = 0; at < Math.min(16, current().length); at++) {
    const lone = zeros.slice();
    lone[at] = 1;
    if (sumOf(current()) > 1 && replace(lone)) return;
  }
  for (let at = 0; at < current().length; at++) {
    for (const byte of simplerBytes(current()[at] as number)) {
      const changed = current().slice();
      changed[at] = byte;
      if (replace(changed)) break;
    }
  }
}

const sumOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum + byte, 0);

function simplerBytes(byte: number): readonly number[] {
  if (byte === 0) return [];
  const bits = [1, 2, 4, 8, 16, 32, 64, 128].filter((bit) => (byte & bit) !== 0 && bit < byte);
  return [...new Set([0, 1, ...bits, byte >> 1])].filter((one) => one < byte);
}
