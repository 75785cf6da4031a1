/**
 * Plans as people write them: what is accepted, and for each rule a broken plan with the whole
 * message. To add a case, change one thing of `good` in a row of `refusals`.
 */
import { expect, test } from "vitest";
import { UserError } from "../sim/errors.ts";
import { parsePlan, parsePlanText } from "./plan-schema.ts";
import { builtInScenarios } from "./suites/index.ts";
import { calmPlan } from "./testing/small-plan.ts";

const at = (us: number) => ({ kind: "at", us });
const fault = (change: object) => ({
  id: 1,
  trigger: at(5),
  store: 2,
  forUs: 10,
  breakage: { kind: "crash" },
  ...change,
});
const get = (id: number, change: object = {}) => ({
  id,
  atUs: id,
  client: 0,
  request: { kind: "get", key: "a" },
  ...change,
});
const withFault = (change: object) => ({ ...calmPlan, faults: [fault(change)] });
const broken = (breakage: object) => withFault({ breakage });
const asked = (request: object) => ({ ...calmPlan, operations: [get(1, { request })] });
const plugin = (change: object) => ({ file: "a.wasm", artefact: "x", stores: [1], ...change });
const changed = (operation: object, change: object = {}) => ({
  ...calmPlan,
  pluginFiles: [{ id: 1, trigger: at(5), store: 1, operation, ...change }],
});
const copied = { kind: "copy", file: "a.so", artefact: "x", forUs: 5, chunks: 2, perMille: 9 };

/** The plan, and the error's place, words and hint. */
const refusals: readonly (readonly [name: string, plan: unknown, error: string])[] = [
  ["no object", 7, "the whole plan | found 7 | an object"],
  ["another schema", { ...calmPlan, schema: 2 }, "schema | found 2 | one of 1"],
  ["no stores", { ...calmPlan, stores: 0 }, "stores | found 0 | at least 1"],
  ["half a store", { ...calmPlan, stores: 2.5 }, "stores | found 2.5 | an int"],
  ["a missing field", { ...calmPlan, clients: undefined }, "clients | found nothing | a number"],
  [
    "an unknown field",
    { ...calmPlan, speed: 3 },
    'the whole plan | found {"schema"* | no "speed" here',
  ],
  [
    "cuts that fall",
    { ...calmPlan, cuts: ["m", "c"] },
    'cuts[1] | found "c" | a key above "m": cuts ascend',
  ],
  ["an empty cut", { ...calmPlan, cuts: [""] }, 'cuts[0] | found "" | a key above "": cuts ascend'],
  [
    "a key beyond latin1",
    asked({ kind: "get", key: "\u0416" }),
    'operations[0].request.key | found "\u0416" | a key: text of latin1 characters, one a byte',
  ],
  [
    "two zones for three stores",
    { ...calmPlan, zones: ["a", "b"] },
    "zones | found 2 zones | none, or one for each of 3 stores",
  ],
  ["an unknown request", asked({ kind: "swap" }), 'operations[0].request.kind | found "swap" | *'],
  [
    "a put without a value",
    asked({ kind: "put", key: "a" }),
    "operations[0].request.value | found nothing | a string",
  ],
  [
    "an id twice",
    { ...calmPlan, operations: [get(1), get(1)] },
    "operations[1].id | found 1 for the second time | unique ids",
  ],
  [
    "a client too many",
    { ...calmPlan, operations: [get(1, { client: 2 })] },
    "operations[0].client | found 2 | a client from 0 to 1",
  ],
  [
    "an operation after the end",
    { ...calmPlan, operations: [get(1, { atUs: 10_000_000 })] },
    "operations[0].atUs | found 10000000 | a time before the end at 10000000",
  ],
  [
    "a plugin on no store of these",
    { ...calmPlan, plugins: [plugin({ stores: [4] })] },
    "plugins[0].stores | found store 4 | a store from 1 to 3",
  ],
  [
    "a plugin twice on a store",
    { ...calmPlan, plugins: [plugin({ stores: [1, 1] })] },
    "plugins[0].stores | found a store twice | each store once",
  ],
  [
    "one file name for two plugins",
    { ...calmPlan, plugins: [plugin({}), plugin({ artefact: "y" })] },
    'plugins[1].file | found "a.wasm" | another name than plugins[0] on the same store',
  ],
  [
    "a file in a folder",
    changed({ kind: "delete", file: "../a.so" }),
    'pluginFiles[0].operation.file | found "../a.so" | a bare file name, without a folder',
  ],
  [
    "a plugin in a folder",
    { ...calmPlan, plugins: [plugin({ file: "b/a.so" })] },
    'plugins[0].file | found "b/a.so" | a bare file name, without a folder',
  ],
  [
    "a rename to itself",
    changed({ kind: "rename", from: "a.so", to: "a.so" }),
    'pluginFiles[0].operation.to | found "a.so" | another name than `from`',
  ],
  [
    "a copy in no writes",
    changed({ ...copied, chunks: 0 }),
    "pluginFiles[0].operation.chunks | found 0 | at least 1",
  ],
  [
    "a file operation after healing",
    changed(copied, { trigger: at(6_000_000) }),
    "pluginFiles[0].trigger.us | found 6000000 | a time before healing begins at 6000000",
  ],
  [
    "a file operation on no store of these",
    changed(copied, { store: 4 }),
    "pluginFiles[0].store | found store 4 | a store from 1 to 3",
  ],
  [
    "an unknown file operation",
    changed({ kind: "link", file: "a.so" }),
    'pluginFiles[0].operation.kind | found "link" | *',
  ],
  [
    "a file operation's id twice",
    { ...calmPlan, pluginFiles: [1, 2].map(() => changed(copied).pluginFiles[0]) },
    "pluginFiles[1].id | found 1 for the second time | unique ids",
  ],
  [
    "a fault's id twice",
    { ...calmPlan, faults: [fault({}), fault({})] },
    "faults[1].id | found 1 for the second time | unique ids",
  ],
  [
    "a fault on no store of these",
    withFault({ store: 9 }),
    "faults[0].store | found store 9 | a store from 1 to 3",
  ],
  [
    "a fault after healing",
    withFault({ trigger: at(6_000_000) }),
    "faults[0].trigger.us | found 6000000 | a time before healing begins at 6000000",
  ],
  [
    "an unknown moment",
    withFault({ trigger: { kind: "moment", moment: "noon", store: 0, occurrence: 1, fromUs: 0 } }),
    'faults[0].trigger.moment | found "noon" | a moment: write-ack-about-to-leave,*',
  ],
  [
    "a moment's occurrence 0",
    withFault({
      trigger: { kind: "moment", moment: "recovery", store: 0, occurrence: 0, fromUs: 0 },
    }),
    "faults[0].trigger.occurrence | found 0 | at least 1",
  ],
  [
    "a moment on no store of these",
    withFault({
      trigger: { kind: "moment", moment: "recovery", store: 4, occurrence: 1, fromUs: 0 },
    }),
    "faults[0].trigger.store | found store 4 | 0 or a store from 1 to 3",
  ],
  ["an unknown breakage", broken({ kind: "flood" }), 'faults[0].breakage.kind | found "flood" | *'],
  [
    "isolation of every store",
    withFault({ store: 0, breakage: { kind: "isolate" } }),
    "faults[0].store | found store 0 | a store: 0 is the store of a moment",
  ],
  [
    "a side of everybody",
    broken({ kind: "partition", side: [1, 2, 3], oneWay: false }),
    "faults[0].breakage.side | found every store | some of the stores",
  ],
  [
    "a side with an unknown store",
    broken({ kind: "partition", side: [4], oneWay: false }),
    "faults[0].breakage.side | found store 4 | a store from 1 to 3",
  ],
  [
    "a side with a store twice",
    broken({ kind: "partition", side: [1, 1], oneWay: false }),
    "faults[0].breakage.side | found a store twice | each store once",
  ],
  [
    "the moment's side without a moment",
    broken({ kind: "partition", side: [0], oneWay: false }),
    "faults[0].breakage.side | found store 0 | a store: 0 is the store of a moment",
  ],
  [
    "a bridge at the end",
    broken({ kind: "bridge", bridge: 3 }),
    "faults[0].breakage.bridge | found store 3 | a store between two others",
  ],
  [
    "a ring of three",
    broken({ kind: "majorityRing" }),
    "faults[0].breakage | found a ring of 3 | five stores or more",
  ],
  [
    "more than always",
    broken({ kind: "drop", scope: { kind: "all" }, perMille: 1_001 }),
    "faults[0].breakage.perMille | found 1001 | at most 1000",
  ],
  [
    "a delay upside down",
    broken({ kind: "delay", scope: { kind: "all" }, minUs: 5, maxUs: 4 }),
    "faults[0].breakage.maxUs | found 4 | at least minUs, 5",
  ],
  [
    "a link to itself",
    broken({ kind: "clog", scope: { kind: "link", from: 1, to: 1 } }),
    "faults[0].breakage.scope | found a link of store 1 to itself | two different stores",
  ],
  [
    "a scope with an unknown store",
    broken({ kind: "hold", scope: { kind: "store", store: 5 } }),
    "faults[0].breakage.scope.store | found store 5 | a store from 1 to 3",
  ],
  [
    "a drift beyond what clocks do",
    broken({ kind: "monotonicDrift", ppm: 201 }),
    "faults[0].breakage.ppm | found 201 | at most 200, or an unrestricted plan",
  ],
  [
    "a transfer of no region",
    broken({ kind: "transferLeader", region: 3, to: 1 }),
    "faults[0].breakage.region | found region 3 | a region from 1 to 2",
  ],
  [
    "a transfer to no store",
    broken({ kind: "transferLeader", region: 1, to: 4 }),
    "faults[0].breakage.to | found store 4 | a store from 1 to 3",
  ],
  [
    "a split where a region begins",
    broken({ kind: "split", key: "m" }),
    'faults[0].breakage.key | found "m" | a key at which no region begins',
  ],
  [
    "a split at no key",
    broken({ kind: "split", key: "" }),
    'faults[0].breakage.key | found "" | a key at which no region begins',
  ],
  [
    "damage on a majority",
    {
      ...calmPlan,
      faults: [
        fault({ breakage: { kind: "bitRot", perMille: 5 } }),
        fault({ id: 2, store: 3, breakage: { kind: "misdirectedWrite" } }),
      ],
    },
    "faults[1].store | found damage on 2 of 3 stores | " +
      "damage on a minority, or an unrestricted plan",
  ],
  [
    "damage on every store",
    withFault({ store: 0, breakage: { kind: "misdirectedWrite" } }),
    "faults[0].store | found store 0 | the store whose disk is damaged",
  ],
  [
    "an unknown failpoint",
    { ...calmPlan, failpoints: [{ name: "raft_after_lunch", actions: "off", store: 0 }] },
    'failpoints[0].name | found "raft_after_lunch" | a failpoint: *',
  ],
  [
    "a failpoint that does not parse",
    { ...calmPlan, failpoints: [{ name: "raft_before_save", actions: "boom", store: 0 }] },
    'failpoints[0].actions | found "boom" | *',
  ],
];

test.each(refusals)("%s is refused", (_name, plan, expected) => {
  let said = "accepted";
  try {
    parsePlan(plan, "my.plan.json");
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, where, message, hint } = error;
    expect(code).toBe("bad-plan");
    expect(where).toMatch(/^my\.plan\.json: /);
    said = [
      where.replace("my.plan.json: ", ""),
      message.replace("the plan does not hold: ", ""),
      hint.replace(/^expected /, ""),
    ].join(" | ");
  }
  const pattern = expected.split("*").map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"));
  expect(said).toMatch(new RegExp(`^${pattern.join(".*")}$`, "s"));
});

test("what is no JSON is refused with the parser's words", () => {
  expect(() => parsePlanText("{,}", "p.json")).toThrow(/this is no JSON: .*position 1/);
});

const accepted: readonly (readonly [name: string, plan: unknown])[] = [
  ["the smallest plan", { ...calmPlan, stores: 1, cuts: [] }],
  [
    "drift beyond clocks, unrestricted",
    { ...broken({ kind: "monotonicDrift", ppm: 5_000 }), unrestricted: true },
  ],
  ["damage on a minority", broken({ kind: "bitRot", perMille: 1_000 })],
  [
    "the moment's side",
    withFault({
      store: 0,
      trigger: { kind: "moment", moment: "leader-elected", store: 0, occurrence: 1, fromUs: 0 },
      breakage: { kind: "partition", side: [0], oneWay: true },
    }),
  ],
  [
    "one file name on different stores",
    { ...calmPlan, plugins: [plugin({}), plugin({ stores: [2] })] },
  ],
  ["a copy onto every directory", changed(copied, { store: 0 })],
  [
    "a file operation between two others",
    changed(
      { kind: "overflow" },
      {
        trigger: {
          kind: "moment",
          moment: "directory-changed",
          store: 0,
          occurrence: 2,
          fromUs: 0,
        },
        store: 0,
      },
    ),
  ],
  [
    "a failpoint",
    { ...calmPlan, failpoints: [{ name: "raft_before_save", actions: "1*sleep(10)", store: 2 }] },
  ],
];

test.each(accepted)("%s is accepted", (_name, plan) => {
  expect(parsePlan(plan, "p.json")).toEqual(plan);
});

test("plans from before there were file operations are read as having none", () => {
  const { pluginFiles, paired, clientsCheckVersions, ...old } = calmPlan;
  expect(parsePlan(old, "old.json")).toEqual({
    ...old,
    pluginFiles,
    paired,
    clientsCheckVersions,
  });
});

test("what generators draw comes back from JSON as it was", () => {
  for (const scenario of builtInScenarios) {
    const choices = { fidelity: "tikv", timing: "fast", strategy: "all-on" } as const;
    const plan = scenario.plan("S/7", 7, choices);
    expect(parsePlanText(JSON.stringify(plan), "p.json")).toEqual(plan);
  }
});
