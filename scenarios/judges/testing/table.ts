/** Runs a table of cases for a judge or a family: each is accepted, or refused with these words. */
import { expect, test } from "vitest";
import type { JudgeFactory } from "../../judge.ts";
import { type Case, judged } from "./events.ts";

export type TableRow = Case & {
  readonly name: string;
  /** The property that must be put to the test; of a family, which one. */
  readonly property: string;
  /** Words of the violation, or null: no judge of the family refuses. */
  readonly refused: string | RegExp | null;
  /** How often the property was put to the test, where the number matters; else more than 0. */
  readonly checks?: number;
};

/** One test a row. */
export function testTable(make: JudgeFactory, rows: readonly TableRow[]): void {
  test.each(
    rows.map(
      (row) => [row.property, row.refused === null ? "accepts" : "refuses", row.name, row] as const,
    ),
  )("%s %s %s", (_property, _verdict, _name, row) => {
    const judges = judged(make, row);
    const judge = judges.get(row.property);
    if (judge === undefined) throw new Error(`there is no judge of "${row.property}"`);
    if (row.refused === null) {
      const said = [...judges.values()].flatMap(({ violation }) => violation?.message ?? []);
      expect(said).toEqual([]);
    } else if (typeof row.refused === "string") {
      expect(judge.violation?.message).toContain(row.refused);
    } else expect(judge.violation?.message).toMatch(row.refused);
    if (row.checks === undefined) expect(judge.checks).toBeGreaterThan(0);
    else expect(judge.checks).toBe(row.checks);
  });
}
