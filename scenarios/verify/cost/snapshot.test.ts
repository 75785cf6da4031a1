/** Cost snapshots: what is read, what is refused, what counts as drift. Add rows to the tables. */
import { expect, test } from "vitest";
import { UserError } from "../../../sim/errors.ts";
import {
  type CostSnapshot,
  compareCosts,
  costSnapshotSchema,
  formatCostSnapshot,
  parseCostSnapshot,
} from "./snapshot.ts";

const figure = { metric: "ops", worst: 100, rows: 4_096, exponent: 100, budget: null } as const;
const good: CostSnapshot = {
  schema: costSnapshotSchema,
  kind: "cost-snapshot",
  tool: { name: "coprsim", version: "0.1.0" },
  plugin: { name: "p", version: "1.0.0", hash: "00" },
  contract: "built-in:p",
  seed: "1",
  seeds: 60,
  figures: [figure],
};

test("what is written is read", () => {
  expect(parseCostSnapshot(formatCostSnapshot(good), "f")).toEqual(good);
});

test.each<[name: string, change: object, where: string, says: RegExp]>([
  ["another schema", { schema: 2 }, "f", /schema 2, this version reads 1/],
  ["no figures", { figures: [] }, "f: figures", /./],
  ["an unknown metric", { figures: [{ ...figure, metric: "time" }] }, "f: figures.0.metric", /./],
  ["a negative figure", { figures: [{ ...figure, worst: -1 }] }, "f: figures.0.worst", /./],
  ["half a figure", { figures: [{ metric: "ops" }] }, "f: figures.0.worst", /./],
  ["something more", { more: 1 }, "f", /./],
  ["another kind", { kind: "verify" }, "f: kind", /./],
])("refused: %s", (_, change, where, says) => {
  const text = JSON.stringify({ ...good, ...change });
  expect(() => parseCostSnapshot(text, "f")).toThrow(UserError);
  expect(() => parseCostSnapshot(text, "f")).toThrow(says);
  expect(() => parseCostSnapshot(text, "f")).toThrow(
    expect.objectContaining({ code: "bad-snapshot", where }),
  );
});

test.each(["", "{", "null", "[1]", '"text"'])("refused: %j", (text) => {
  expect(() => parseCostSnapshot(text, "f")).toThrow(UserError);
});

const withFigure = (change: object): CostSnapshot => ({
  ...good,
  figures: [{ ...figure, ...change }],
});

test.each<[change: object, tolerance: number, exceeds: boolean, percent: number]>([
  [{}, 0, false, 0],
  [{ worst: 101 }, 0, true, 1],
  [{ worst: 105 }, 5, false, 5],
  [{ worst: 106 }, 5, true, 6],
  [{ worst: 10 }, 5, false, -90],
  [{ exponent: 110 }, 5, false, 0],
  [{ exponent: 111 }, 5, true, 0],
  [{ exponent: 0 }, 5, false, 0],
])("%o with a tolerance of %d %%: %s", (change, tolerance, exceeds, percent) => {
  const [drift] = compareCosts(good, withFigure(change), {
    tolerance: tolerance / 100,
    where: "f",
  });
  expect(drift).toMatchObject({ metric: "ops", was: 100, exceeds, change: percent });
});

test("a metric that one side lacks is compared with nothing", () => {
  const more = { ...good, figures: [figure, { ...figure, metric: "keys" as const }] };
  const drifts = compareCosts(good, more, { tolerance: 0.05, where: "f" });
  expect(drifts.find(({ metric }) => metric === "keys")).toMatchObject({
    was: 0,
    is: 100,
    change: null,
    exceeds: true,
  });
  expect(compareCosts(more, good, { tolerance: 0.05, where: "f" })).toHaveLength(2);
});

test.each([{ seed: "2" }, { seeds: 10 }, { contract: null }])("not comparable: %o", (change) => {
  expect(() => compareCosts(good, { ...good, ...change }, { tolerance: 0.05, where: "f" })).toThrow(
    expect.objectContaining({ code: "bad-snapshot" }),
  );
});
