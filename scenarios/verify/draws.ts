/** Drawing base cases: from a contract's generators, or without a contract from bytes. */
import fc from "fast-check";
import type { KeyRange, KvPair } from "../../plugins/index.ts";
import { latin1Text } from "../../sim/bytes.ts";
import { normalRows, type VerifyCase } from "./case.ts";
import type { DrawOptions, Subject } from "./check.ts";

/** Base cases: rows, ranges and a request; no cut, no fault. */
export function drawCases(subject: Subject, { seeds, seed }: DrawOptions): readonly VerifyCase[] {
  const { contract } = subject;
  const rows = (contract?.data ?? anyRows).map(normalRows);
  const withRanges = rows.chain((drawn) =>
    fc.record({
      rows: fc.constant(drawn),
      ranges: contract?.ranges ?? rangesAmong(drawn),
      request: contract?.request ?? fc.uint8Array({ maxLength: 40 }),
    }),
  );
  const drawn = fc.sample(withRanges, { numRuns: seeds, seed });
  return drawn.map((one) => ({ ...one, cuts: [], relation: "", fault: null, disturbance: null }));
}

const anyRows: fc.Arbitrary<readonly KvPair[]> = fc.array(
  fc.record({
    key: fc.uint8Array({ minLength: 1, maxLength: 6 }).map(latin1Text),
    value: fc.uint8Array({ maxLength: 16 }),
  }),
  { maxLength: 8 },
);

/** One to three ranges: everything, from a row on, between two rows. */
function rangesAmong(rows: readonly KvPair[]): fc.Arbitrary<readonly KeyRange[]> {
  const bounds = ["", ...rows.map(({ key }) => key), "\xff\xff"];
  const bound = fc.nat({ max: bounds.length - 1 }).map((at) => bounds[at] ?? "");
  const between = fc.tuple(bound, bound).map(([a, b]) => {
    return a < b ? { start: a, end: b } : { start: b, end: a };
  });
  const everything = fc.constant({ start: "", end: "" });
  const range = fc.oneof(
    { weight: 2, arbitrary: everything },
    { weight: 1, arbitrary: bound.map((start) => ({ start, end: "" })) },
    { weight: 3, arbitrary: between },
  );
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant([{ start: "", end: "" }]) },
    { weight: 3, arbitrary: fc.array(range, { minLength: 1, maxLength: 3 }) },
  );
}
