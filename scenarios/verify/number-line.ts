/** The story of a C3 finding: rows, both layouts on a number line, both answers. */
import type { KeyRange, KvPair } from "../../plugins/index.ts";
import { hex, latin1Bytes } from "../../sim/bytes.ts";
import type { VerifyCase } from "./case.ts";
import type { StoryLine, Subject } from "./check.ts";
import type { Contract } from "./contract.ts";
import { fragments, layoutPair } from "./layout-pair.ts";
import { answerText, clientAnswer, emulated } from "./layout-run.ts";

/** Lines for people; the texts fit 85 columns unless a contract's own words are longer. */
export function layoutStory(subject: Subject, one: VerifyCase): readonly StoryLine[] {
  const { contract } = subject;
  const pair = contract === null ? null : layoutPair(contract, one, emulated(subject, one));
  if (contract === null || pair === null) return [];
  const left = answerText(pair.left);
  const right = answerText(pair.right);
  const lines: StoryLine[] = [
    { label: "rows", text: rowsText(one.rows, contract) },
    { label: "request", text: contract.requestText(one.request) || "no bytes" },
    { label: "ranges", text: rangesText(one.ranges) },
  ];
  switch (one.relation) {
    case "regions":
    case "partOrder":
      return [...lines, ...regionLines(subject, contract, one, { left, right })];
    case "fragments":
      return [
        ...lines,
        { label: "whole", text: `${rangesText(one.ranges)} -> ${left}` },
        { label: "cut up", text: `${rangesText(fragments(one.ranges, one.cuts))} -> ${right}` },
      ];
    case "rangeOrder":
      return [...lines, { label: "forwards", text: left }, { label: "backwards", text: right }];
    default:
      return [...lines, { label: "plugin", text: left }, { label: "model", text: right }];
  }
}

function regionLines(
  subject: Subject,
  contract: Contract,
  one: VerifyCase,
  { left, right }: { readonly left: string; readonly right: string },
): readonly StoryLine[] {
  const { rows, cuts } = one;
  const { parts } = emulated(subject, one)(cuts, one.ranges);
  const partTexts = parts.map((part) => answerText(clientAnswer(contract, [part])));
  const whole = numberLine(rows, one.relation === "regions" ? [] : cuts);
  const cut = numberLine(rows, cuts);
  const width = Math.max(whole.line.length, cut.line.length);
  const backwards = one.relation === "partOrder" ? " (merged backwards)" : "";
  return [
    { label: "layout A", text: `${whole.line.padEnd(width)}  -> ${left}` },
    { label: "layout B", text: `${cut.line.padEnd(width)}  -> ${right}${backwards}` },
    { label: "", text: `${" ".repeat(cut.marks[0] ?? 0)}^ cut at ${cuts.map(keyText).join(", ")}` },
    { label: "parts", text: partTexts.join("   and   ") },
  ];
}

/** Keys in order between bars; a broken bar is a cut. `marks` are the columns of the cuts. */
export function numberLine(
  rows: readonly KvPair[],
  cuts: readonly string[],
): { readonly line: string; readonly marks: readonly number[] } {
  const items = [
    ...rows.map(({ key }) => ({ at: key, order: 1, text: keyText(key) })),
    ...cuts.map((cut) => ({ at: cut, order: 0, text: "¦" })),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.order - b.order));
  const marks: number[] = [];
  let line = "|";
  items.forEach(({ order, text }, at) => {
    if (at > 0) line += " ";
    if (order === 0) marks.push(line.length);
    line += text;
  });
  return { line: `${line}|`, marks };
}

/** Rows as `key=value`. */
export function rowsText(rows: readonly KvPair[], contract: Contract | null): string {
  if (rows.length === 0) return "none";
  const value = contract === null ? hex : contract.valueText;
  return rows.map((row) => `${keyText(row.key)}=${value(row.value) || '""'}`).join("  ");
}

/** Ranges as `[a, b)`. */
export function rangesText(ranges: readonly KeyRange[]): string {
  if (ranges.length === 0) return "none";
  const bound = (key: string) => (key === "" ? "" : keyText(key));
  return ranges.map(({ start, end }) => `[${bound(start)}, ${bound(end)})`).join(" ");
}

/** A key as it is where it is plain, else in quotes with its odd bytes in hexadecimal. */
export function keyText(key: string): string {
  if (/^[\w./:-]+$/.test(key)) return key;
  const spelt = key.replace(/[^ -~]|["\\]/g, (one) => `\\x${hex(latin1Bytes(one))}`);
  return `"${spelt}"`;
}
