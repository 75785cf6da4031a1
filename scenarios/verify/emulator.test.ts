/**
 * The emulator against the simulated cluster, and what it does by itself. To add a case, add a step
 * to `script` or a property.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { fixedLayout } from "../../nodes/index.ts";
import {
  defaultPluginLimits,
  hostBuildInfo,
  inProcessPlugin,
  type PluginInstance,
  type StorageCall,
} from "../../plugins/index.ts";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import { normalRows, type VerifyCase } from "./case.ts";
import { Subject } from "./check.ts";
import { clusterRun } from "./cluster-run.ts";
import { callPlugin, Host, Rows } from "./emulator.ts";
import { type ErrorClass, errorClasses } from "./error-classes.ts";
import { emulated } from "./layout-run.ts";
import { confirmingEnvironment } from "./testing/verified.ts";
import { errorText } from "./told-text.ts";

/** Makes the calls of its own request, which is their JSON, and answers what it was told. */
const scripted = inProcessPlugin({
  info: { name: "scripted", version: "1.0.0" },
  build: hostBuildInfo,
  create: () =>
    function* handle(_, data) {
      const told: string[] = [];
      for (const call of JSON.parse(latin1Text(data)) as StorageCall[]) {
        const answer = yield call;
        if (answer.kind === "pairs") {
          told.push(answer.pairs.map(({ key, value }) => `${key}=${latin1Text(value)}`).join(" "));
        } else if (answer.kind === "value") {
          told.push(answer.value === null ? "absent" : latin1Text(answer.value));
        } else told.push(answer.kind === "done" ? "done" : `failed: ${errorText(answer.error)}`);
      }
      return { kind: "response", data: latin1Bytes(told.join("\n")) };
    },
});

const script = (calls: readonly StorageCall[]): Uint8Array => latin1Bytes(JSON.stringify(calls));

const reads: readonly StorageCall[] = [
  { kind: "get", key: "b" },
  { kind: "get", key: "z" },
  { kind: "batchGet", keys: ["z", "a", "none", "b"] },
  { kind: "scan", range: { start: "a", end: "" } },
  { kind: "scan", range: { start: "m", end: "" } },
  { kind: "scan", range: { start: "x", end: "" } },
  { kind: "delete", key: "a" },
  { kind: "delete", key: "z" },
  { kind: "deleteRange", range: { start: "b", end: "c" } },
  { kind: "deleteRange", range: { start: "a", end: "" } },
  { kind: "delete", key: "k".repeat(8193) },
];

test("answers as the cluster does: clipped scans, phantom pairs, keys outside", async () => {
  const environment = await confirmingEnvironment();
  const parts = { contract: null, environment, fidelity: "tikv" } as const;
  const subject = new Subject({ ...parts, plugin: scripted });
  const rows = ["a", "b", "c", "y"].map((key) => ({ key, value: latin1Bytes(`1${key}`) }));
  // One range per region: the calls reach beyond the region that serves them.
  for (const [cuts, start] of [
    [["m"], "a"],
    [["m"], "m"],
    [[], "a"],
  ] as const) {
    const ranges = [{ start, end: `${start}\0` }];
    const one: VerifyCase = { ...blank, rows, ranges, cuts, request: script(reads) };
    const here = emulated(subject, one)(cuts, ranges);
    const there = clusterRun(subject, one);
    expect(told(here)).toEqual(told(there));
    expect(here.rows.equals(there.rows)).toBe(true);
  }
});

const blank: VerifyCase = {
  rows: [],
  ranges: [],
  request: latin1Bytes(""),
  cuts: [],
  relation: "",
  fault: null,
  disturbance: null,
};

const told = ({ parts }: ReturnType<ReturnType<typeof emulated>>): readonly string[] =>
  parts.map(({ end }) => (end.kind === "response" ? latin1Text(end.data) : end.kind));

const region = (() => {
  const [first] = fixedLayout([1], ["m"]);
  if (first === undefined) throw new Error("a layout has a region");
  return first;
})();

function load(): PluginInstance {
  const made = scripted.instantiate(defaultPluginLimits);
  if (made.kind !== "loaded") throw new Error(made.text);
  return made.plugin;
}

test.each(errorClasses)(
  "a storage call fails with %s, and only that one",
  (errorClass: ErrorClass) => {
    const calls: readonly StorageCall[] = [
      { kind: "get", key: "a" },
      { kind: "get", key: "b" },
      { kind: "get", key: "c" },
    ];
    const { trace, box } = callPlugin(load(), {
      request: { ranges: [], data: script(calls) },
      region,
      rows: new Rows([]),
      fault: { call: 2, errorClass },
    });
    expect(trace.map(({ answer }) => answer.kind)).toEqual(["value", "error", "value"]);
    const answer = trace[1]?.answer;
    const handle =
      answer?.kind === "error" && answer.error.kind === "other" ? answer.error.handle : 0;
    const text = ["KeyNotInRegion", "Timeout", "Canceled", "Undetermined"].includes(errorClass);
    expect(box.regionError(handle) === null).toBe(text);
  },
);

test("rows stay in byte order under puts and deletes", () => {
  const key = fc.string({ minLength: 1, maxLength: 2, unit: fc.constantFrom("a", "b", "\xff") });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), key)), (steps) => {
      const rows = new Rows([]);
      const plain = new Map<string, Uint8Array>();
      for (const [puts, name] of steps) {
        if (puts) rows.put(name, latin1Bytes(name));
        else rows.delete(name);
        if (puts) plain.set(name, latin1Bytes(name));
        else plain.delete(name);
      }
      const sorted = [...plain.keys()].toSorted((a, b) => (a < b ? -1 : 1));
      expect([...rows.map().keys()]).toEqual(sorted);
      const pairs = [...plain].map(([name, value]) => ({ key: name, value }));
      expect(rows.equals(new Rows(pairs))).toBe(true);
      expect(rows.equals(new Rows([...pairs, { key: "c", value: latin1Bytes("c") }]))).toBe(false);
    }),
  );
});

test("a host keeps its plugin from call to call, and loads it again after a death", () => {
  let loads = 0;
  const host = new Host(() => {
    loads++;
    return load();
  });
  const call = (data: Uint8Array) =>
    host.call({ request: { ranges: [], data }, region, rows: new Rows([]), fault: null }).end.kind;
  expect([call(script([])), call(script([])), loads]).toEqual(["response", "response", 1]);
  expect([call(latin1Bytes("no JSON")), call(script([])), loads]).toEqual(["panic", "response", 2]);
});

test("rows of a case are in order, each key once, the empty key left out", () => {
  const row = (key: string, value: string) => ({ key, value: latin1Bytes(value) });
  const rows = normalRows([row("b", "1"), row("a", "2"), row("", "3"), row("b", "4")]);
  expect(rows.map(({ key, value }) => `${key}${latin1Text(value)}`)).toEqual(["a2", "b1"]);
});
