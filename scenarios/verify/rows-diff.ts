/** How two states differ, key by key, for people. */
import { compareBytes } from "../../sim/bytes.ts";
import type { Contract } from "./contract.ts";
import type { Rows } from "./emulator.ts";
import { keyText } from "./number-line.ts";

export type StatePair = {
  /** The state before the request. */
  readonly before: Rows;
  readonly expected: Rows;
  readonly observed: Rows;
};

/** Keys shown at most. */
const shownMax = 4;

/** "k1 +2 instead of +1", "k2 is gone instead of 07": the keys in which the two states differ. */
export function stateDifference(
  pair: StatePair,
  { valueText }: Pick<Contract, "valueText">,
): string {
  const before = pair.before.map();
  const expected = pair.expected.map();
  const observed = pair.observed.map();
  const keys = [...new Set([...expected.keys(), ...observed.keys()])]
    .filter((key) => !sameValue(expected.get(key), observed.get(key)))
    .sort((a, b) => (a < b ? -1 : 1));
  const texts = keys.slice(0, shownMax).map((key) => {
    const [was, right, wrong] = [before, expected, observed].map((rows) => {
      const value = rows.get(key);
      return value === undefined ? null : valueText(value) || '""';
    });
    return `${keyText(key)} ${changeText(was ?? null, right ?? null, wrong ?? null)}`;
  });
  const more = keys.length - texts.length;
  return [...texts, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function sameValue(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return compareBytes(a, b) === 0;
}

/** Numbers are told by how far they went. */
function changeText(was: string | null, right: string | null, wrong: string | null): string {
  // What was not there counts as nothing.
  const from = was === null ? 0n : numberIn(was);
  const to = numberIn(right);
  const went = numberIn(wrong);
  if (from !== null && to !== null && went !== null) {
    return `${signed(went - from)} instead of ${signed(to - from)}`;
  }
  return `${wrong ?? "is gone"} instead of ${right ?? "gone"}`;
}

/** A text that is a decimal number. */
function numberIn(text: string | null): bigint | null {
  return text !== null && /^-?\d{1,30}$/.test(text) ? BigInt(text) : null;
}

const signed = (value: bigint): string => (value < 0n ? `${value}` : `+${value}`);
