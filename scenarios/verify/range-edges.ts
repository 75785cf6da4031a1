/** The lists of C10: ranges that clients may send and authors forget, and rows for them. */
import type { KeyRange, KvPair } from "../../plugins/index.ts";
import { normalRows, type VerifyCase } from "./case.ts";
import { isEmptyRange } from "./strays.ts";

/** Bytes of TiKV's greatest key (`storage.max-key-size`). */
export const longestKey = 8192;

const everything: KeyRange = { start: "", end: "" };

/** Lists without a single key in them. */
export function nothings({ rows }: VerifyCase): readonly (readonly KeyRange[])[] {
  const { first, last } = landmarks(rows);
  const empty = { start: first, end: first };
  const inverted = { start: `${last}\0`, end: first };
  return [[], [empty], [inverted], [empty, inverted, empty], [{ start: "\xff", end: "\xff" }]];
}

/** Lists whose ranges do not overlap: their answer is that about just the rows inside. */
export function disjointEdges({ rows }: VerifyCase): readonly (readonly KeyRange[])[] {
  const { first, middle, last } = landmarks(rows);
  const long = longKey(first);
  return [
    [everything],
    [{ start: "", end: middle }],
    [{ start: middle, end: "" }],
    [{ start: first, end: `${first}\0` }],
    [{ start: "\0", end: "\0\0" }],
    [{ start: "\0", end: first }],
    [{ start: "\xff", end: "" }],
    [{ start: `${last}\xff`, end: "" }],
    [{ start: long, end: "" }],
    [{ start: "", end: long }],
    [{ start: long, end: `${long.slice(0, -1)}\xff` }],
    // Adjacent, then unsorted, then with ranges among them that hold nothing.
    [
      { start: "", end: middle },
      { start: middle, end: "" },
    ],
    [
      { start: middle, end: "" },
      { start: "", end: middle },
    ],
    [
      { start: "", end: middle },
      { start: middle, end: middle },
      { start: last, end: first },
      { start: `${middle}\0`, end: "" },
    ],
    // API V2: mode byte and keyspace 1.
    [{ start: keyspace, end: "r\0\0\x02" }],
  ];
}

const keyspace = "r\0\0\x01";

/** The rows with keys beside them that are legal and rare; their values are the rows' own. */
export function withOddKeys({ rows }: VerifyCase): readonly KvPair[] {
  const { first, last } = landmarks(rows);
  const keys = [
    "\0",
    `${first}\0`,
    `${last}\xff\xff`,
    "\xff",
    longKey(first),
    `${keyspace}${first}`,
  ];
  const [row] = rows;
  if (row === undefined) return rows;
  const odd = keys.map((key, at) => ({ key, value: rows[at % rows.length]?.value ?? row.value }));
  return normalRows([...rows, ...odd]);
}

/** Lists that name a key more than once. */
export function overlaps({ rows }: VerifyCase): readonly (readonly KeyRange[])[] {
  if (rows.length < 2) return [];
  const { first, middle, last } = landmarks(rows);
  const all = { start: first, end: `${last}\0` };
  return [
    [all, all],
    [everything, { start: middle, end: "" }],
    [
      { start: "", end: `${middle}\0` },
      { start: middle, end: "" },
    ],
    [{ start: middle, end: `${middle}\0` }, all, everything],
  ];
}

/** Ranges in order, without those that hold nothing, those that touch made one. */
export function unionOf(ranges: readonly KeyRange[]): readonly KeyRange[] {
  const sorted = ranges
    .filter((range) => !isEmptyRange(range))
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const union: KeyRange[] = [];
  for (const { start, end } of sorted) {
    const last = union.at(-1);
    if (last === undefined || (last.end !== "" && start > last.end)) union.push({ start, end });
    else if (last.end !== "" && (end === "" || end > last.end)) {
      union[union.length - 1] = { start: last.start, end };
    }
  }
  return union;
}

/** True if some key lies in two of the ranges. */
export function anyOverlap(ranges: readonly KeyRange[]): boolean {
  const sorted = ranges
    .filter((range) => !isEmptyRange(range))
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  return sorted.some(({ end }, at) => {
    const next = sorted[at + 1];
    return next !== undefined && (end === "" || next.start < end);
  });
}

function landmarks(rows: readonly KvPair[]) {
  const first = rows[0]?.key ?? "a";
  const last = rows.at(-1)?.key ?? "b";
  return { first, middle: rows[rows.length >> 1]?.key ?? "am", last };
}

/** As long as a key may be, behind the first row. */
const longKey = (first: string): string => first.padEnd(longestKey, "~").slice(0, longestKey);
