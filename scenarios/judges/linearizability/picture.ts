/**
 * A history as text: a lane per process, bars from call to return, a legend below. Columns are the
 * order of calls and returns, not the length of time between them.
 */
import { assert } from "../../../sim/assert.ts";
import type { Operation } from "../../history-files/operations.ts";
import { showOperation } from "./model.ts";

const columnsMax = 100;
/** More operations make no small picture: those around the culprit are drawn. */
const operationsMax = 12;

export type PictureInput = {
  readonly operations: readonly Operation[];
  /** In the order in which they take effect. */
  readonly longestPrefix: readonly Operation[];
  readonly culprit: Operation;
};

/**
 * Draws at most 12 operations: the culprit (`X`), those that overlap it and the latest before it.
 * Bars carry numbers: the order in the prefix from 1, letters for operations outside it. A `>` in
 * place of `]` is an operation that never returned. Lines have at most 100 columns.
 */
export function drawHistory(input: PictureInput): string {
  const drawn = choose(input);
  const labels = labelsOf(drawn, input);
  const events = eventsOf(drawn);
  const processes = [...new Set(drawn.map(({ process }) => process))].sort(byName);
  const names = processes.map((process) => `process ${process}`.slice(0, 20));
  const margin = Math.max(...names.map((name) => name.length)) + 2;
  const scale = Math.min(6, Math.floor((columnsMax - margin) / (events.size + 1)));
  assert(scale >= 2, "twelve operations fit into the columns");
  const lanes = processes.flatMap((process, at) => {
    const own = drawn.filter((one) => one.process === process);
    const rows = rowsOf(own).map((row) => drawRow(row, { labels, events, scale }));
    return rows.map((row, number) => `${(number === 0 ? names[at]! : "").padEnd(margin)}${row}`);
  });
  const legend = drawn.map((one) => drawLegend(one, { labels, input }));
  const left = input.operations.length - drawn.length;
  const note = left === 0 ? [] : [`(${left} operations of this key are not drawn)`];
  return [...lanes, "", ...legend, ...note].join("\n");
}

const endOf = ({ returnTime }: Operation): number => returnTime ?? Infinity;

/**
 * By nearness to the culprit: what overlaps it, then the latest of the prefix, then what is new.
 */
function choose({ operations, longestPrefix, culprit }: PictureInput): readonly Operation[] {
  const near = operations.filter(
    (one) =>
      one.returnTime !== null && endOf(one) >= culprit.callTime && one.callTime <= endOf(culprit),
  );
  const used = longestPrefix.toReversed();
  const open = operations.filter((one) => one.callTime <= endOf(culprit));
  const ranked = new Set([culprit, ...used.slice(0, 4), ...near, ...used, ...open.toReversed()]);
  const chosen = new Set([...ranked].slice(0, operationsMax));
  return operations.filter((one) => chosen.has(one)).sort((a, b) => a.callTime - b.callTime);
}

type Labels = ReadonlyMap<Operation, string>;

function labelsOf(drawn: readonly Operation[], { longestPrefix, culprit }: PictureInput): Labels {
  const places = new Map(longestPrefix.map((one, at) => [one, `${at + 1}`]));
  let letters = 0;
  const labels = new Map<Operation, string>();
  for (const one of drawn) {
    const letter = String.fromCharCode("a".charCodeAt(0) + letters);
    if (one !== culprit && !places.has(one)) letters++;
    labels.set(one, one === culprit ? "X" : (places.get(one) ?? letter));
  }
  return labels;
}

/** The column of each call and return, from 0. At equal times calls stand before returns. */
type Events = ReadonlyMap<string, number>;

function eventsOf(drawn: readonly Operation[]): Events {
  const times = drawn.flatMap(({ callTime, returnTime }) => [
    { time: callTime, kind: 0 },
    ...(returnTime === null ? [] : [{ time: returnTime, kind: 1 }]),
  ]);
  times.sort((a, b) => a.time - b.time || a.kind - b.kind);
  const columns = new Map<string, number>();
  for (const { time, kind } of times) {
    const name = `${kind}@${time}`;
    if (!columns.has(name)) columns.set(name, columns.size);
  }
  return columns;
}

/**
 * A process' operations in rows without overlap: a recording may let one process do two at once.
 */
function rowsOf(own: readonly Operation[]): readonly (readonly Operation[])[] {
  const rows: Operation[][] = [];
  for (const one of own) {
    const row = rows.find((before) => endOf(before.at(-1)!) < one.callTime);
    if (row === undefined) rows.push([one]);
    else row.push(one);
  }
  return rows;
}

type Drawing = { readonly labels: Labels; readonly events: Events; readonly scale: number };

function drawRow(row: readonly Operation[], { labels, events, scale }: Drawing): string {
  let line = "";
  for (const one of row) {
    const from = events.get(`0@${one.callTime}`)! * scale;
    const returned = one.returnTime !== null;
    const to = (returned ? events.get(`1@${one.returnTime}`)! : events.size) * scale;
    const label = labels.get(one)!.slice(0, to - from - 1);
    const body = label.padEnd(to - from - 1, returned ? "=" : "~");
    line = `${line.padEnd(from)}[${body}${returned ? "]" : ">"}`;
  }
  return line;
}

function drawLegend(
  one: Operation,
  { labels, input }: { readonly labels: Labels; readonly input: PictureInput },
): string {
  const label = labels.get(one)!.padStart(4);
  const interval = `${one.callTime}..${one.returnTime ?? ""}`;
  const what = `${showOperation(one)}, process ${one.process}, ${interval}`;
  const isPlaced = input.longestPrefix.includes(one);
  const mark = one === input.culprit ? "  <- cannot be placed" : isPlaced ? "" : "  (not placed)";
  return `${label}  ${what.slice(0, columnsMax - label.length - 2 - mark.length)}${mark}`;
}

function byName(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return `${a}` < `${b}` ? -1 : `${a}` > `${b}` ? 1 : 0;
}
