/**
 * C5 and the arithmetic below it. To add a case: a bug in `twins/stray-plugins.ts` and a row here,
 * or a range and those that cover it.
 */
import { expect, test } from "vitest";
import { fixedLayout } from "../../../nodes/index.ts";
import {
  hostBuildInfo,
  inProcessPlugin,
  type KeyRange,
  type StorageCall,
} from "../../../plugins/index.ts";
import { checkCatalogue } from "../catalogue.ts";
import { fateOf, prefixEnd, strayOf, uncovered } from "../strays.ts";
import { verified } from "../testing/verified.ts";
import { type StrayBug, strayPlugin } from "../twins/stray-plugins.ts";
import { toyContract, toyPlugin } from "../twins/toy-plugins.ts";

const range = (text: string): KeyRange => {
  const [start = "", end = ""] = text.split("-");
  return { start, end };
};

test.each([
  ["a-c", "a-c", null],
  ["a-c", "a-b b-c", null],
  ["a-c", "b-c a-b", null],
  ["a-c", "a-b", "b-c"],
  ["a-c", "b-c", "a-b"],
  ["a-c", "", "a-c"],
  ["a-d", "a-b c-d", "b-c"],
  ["a-", "a-", null],
  ["a-", "a-z", "z-"],
  ["-", "-", null],
  ["-b", "a-b", "-a"],
  ["c-a", "", null],
  ["a-c", "z-a a-c", null],
])("%s is covered by %s, but for %s", (wanted, others, gap) => {
  const given = others === "" ? [] : others.split(" ").map(range);
  expect(uncovered(range(wanted), given)).toEqual(gap === null ? null : range(gap));
});

test.each([
  ["k", "l"],
  ["k\xff", "l"],
  ["\xff", ""],
  ["", ""],
])("%j ends at %j", (prefix, end) => {
  expect(prefixEnd(prefix)).toBe(end);
});

const [, region] = fixedLayout([1], ["b", "m"]);

test.each<[call: StorageCall, text: string | null, leaves: boolean, fate: RegExp]>([
  [{ kind: "get", key: "d" }, null, false, /x/],
  [{ kind: "get", key: "g" }, "g", false, /carries it out/],
  [{ kind: "get", key: "z" }, "z", true, /error string/],
  [{ kind: "batchGet", keys: ["d", "z"] }, "z", true, /phantom pair/],
  [{ kind: "scan", range: range("d-z") }, "[e, z)", true, /clips it silently/],
  [{ kind: "deleteRange", range: range("d-f") }, "[e, f)", false, /carries it out/],
  [{ kind: "batchPut", pairs: [{ key: "a", value: Uint8Array.of() }] }, "a", true, /refuses/],
])("%o strays to %s", (call, text, leavesRegion, fate) => {
  if (region === undefined) throw new Error("three regions");
  const stray = strayOf(call, region, [range("c-e")]);
  expect(stray?.text ?? null).toBe(text);
  if (stray === null) return;
  expect(stray.leavesRegion).toBe(leavesRegion);
  expect(fateOf(call, stray)).toMatch(fate);
});

test.each<[bug: StrayBug, hint: string, keys: number, cuts: number]>([
  ["reads-past-its-range", "C5-READ", 0, 1],
  ["keeps-a-log", "C5-WRITE", 0, 1],
])("finds a plugin that %s, and no other check does: %s", async (bug, hint, keys, cuts) => {
  const reports = await verified({ plugin: strayPlugin(bug), contract: toyContract() });
  const failed = reports.filter(({ outcome }) => outcome === "failed");
  expect(failed.map(({ id }) => id)).toContain("C5");
  if (bug === "reads-past-its-range") expect(failed).toHaveLength(1);
  const finding = failed.find(({ id }) => id === "C5")?.finding;
  expect(finding?.complaint.hint).toBe(hint);
  expect(finding?.shrunk).toMatchObject({ keys, cuts });
  expect(finding?.story.map(({ label }) => label)).toEqual([
    "rows",
    "request",
    "asked",
    "layout",
    "region",
    "call",
    "outside",
    "answer",
    "TiKV",
  ]);
});

test("the contract's policy decides", async () => {
  const outcome = async (bug: StrayBug, containment: "reads-may-leave" | readonly string[]) => {
    const policy = typeof containment === "string" ? containment : { prefixes: containment };
    const contract = toyContract({ containment: policy });
    const [report] = await verified({ plugin: strayPlugin(bug), contract, checks: ["C5"] });
    return report?.outcome;
  };
  expect(await outcome("reads-past-its-range", "reads-may-leave")).toBe("passed");
  expect(await outcome("reads-past-its-range", ["k"])).toBe("failed");
  expect(await outcome("keeps-a-log", "reads-may-leave")).toBe("failed");
  expect(await outcome("keeps-a-log", ["log/"])).toBe("passed");
});

test("without a contract only what no request asks for counts", async () => {
  const plugin = (keyOf: (data: Uint8Array) => string) =>
    inProcessPlugin({
      info: { name: `anything`, version: "1.0.0" },
      build: hostBuildInfo,
      create: () =>
        function* handle(ranges, data, storage) {
          for (const one of ranges) yield* storage.scan(one);
          yield* storage.get(keyOf(data));
          return { kind: "response", data: Uint8Array.of(0) };
        },
    });
  const outcome = async (keyOf: (data: Uint8Array) => string) => {
    const [report] = await verified({ plugin: plugin(keyOf), contract: null, checks: ["C5"] });
    return report;
  };
  expect((await outcome((data) => `k${data.join()}`))?.outcome).toBe("passed");
  expect((await outcome(() => "meta"))?.finding?.complaint.hint).toBe("C5-READ");
});

test("a good plugin passes, and a plugin without storage calls shows nothing", async () => {
  const checks = ["C5"];
  const contract = toyContract();
  const [good] = await verified({ plugin: toyPlugin("none"), contract, checks });
  expect(good).toMatchObject({ outcome: "passed", finding: null });
  const [idle] = await verified({ plugin: toyPlugin("calls-nothing"), contract, checks });
  expect(idle).toMatchObject({ outcome: "inconclusive" });
  expect(idle?.reason).toContain("a request called storage");
  expect(checkCatalogue.map(({ id }) => id)).toContain("C5");
});
