/**
 * The hazards H1 to H28 of TiKV's coprocessor (tikv-semantics.md 2.4): each one is seen in fidelity
 * `tikv`, and `contract` does what it should instead. To add a case, add a story to a table in
 * `nodes/testing/hazards/`; what it shows in each fidelity are lines. What the model has not is a
 * row in `absent` here; FIDELITY.md has a row for each.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isConfigProblem, readSettings } from "../config/read-settings.ts";
import { benchEngines } from "../testing/cluster-bench.ts";
import { directoryHazards } from "../testing/hazards/directory-hazards.ts";
import { HazardStage } from "../testing/hazards/hazard.ts";
import { requestHazards } from "../testing/hazards/request-hazards.ts";
import { storageHazards } from "../testing/hazards/storage-hazards.ts";

const engines = await benchEngines();
const hazards = [...directoryHazards, ...requestHazards, ...storageHazards];

/** Hazards of what the model has not: setting it up is refused. */
const absent: readonly (readonly [
  id: string,
  what: string,
  key: string,
  value: number | string,
])[] = [
  ["H26", "a cluster of API V2", "storage.api-version", 2],
  ["H28", "a cluster with TTL", "storage.enable-ttl", "true"],
];

describe.each(hazards.map((hazard) => [hazard.id, hazard.what, hazard] as const))(
  "%s: %s",
  (_id, _what, hazard) => {
    test("tikv", () => {
      expect(hazard.play(new HazardStage("tikv", engines))).toEqual(hazard.tikv);
    });

    test("contract", () => {
      const expected = hazard.contract === "same" ? hazard.tikv : hazard.contract;
      expect(hazard.play(new HazardStage("contract", engines))).toEqual(expected);
      expect(hazard.contract).not.toEqual(hazard.tikv);
    });
  },
);

test.each(absent)("%s: %s cannot be had", (_id, _what, key, value) => {
  const settings = readSettings("fast", { [key]: value });
  expect(isConfigProblem(settings) && settings.found).toBe("a key that is not modelled");
});

describe("FIDELITY.md", () => {
  const text = readFileSync(new URL("../FIDELITY.md", import.meta.url), "utf8");
  const rows = text
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter(([, id = ""]) => /^H\d+$/.test(id));
  const every = Array.from({ length: 28 }, (_, at) => `H${at + 1}`);

  test("it has a row for each hazard, in order, and so have the tables", () => {
    expect(rows.map(([, id]) => id)).toEqual(every);
    const shown = [...hazards.map(({ id }) => id), ...absent.map(([id]) => id)];
    expect([...shown].sort()).toEqual([...every].sort());
  });

  test.each(rows)("%s%s says whether contract does otherwise", (...[, id, , contract]) => {
    const hazard = hazards.find((one) => one.id === id);
    expect(contract?.startsWith("same")).toBe(hazard === undefined || hazard.contract === "same");
  });
});
