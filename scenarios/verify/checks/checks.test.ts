/**
 * Every check can fail for every reason it knows, and passes where there is none. To add a case,
 * add a bug to `twins/toy-plugins.ts` and a row here: check, bug, hint, the smallest size.
 */
import { expect, test } from "vitest";
import { checkCatalogue } from "../catalogue.ts";
import { verified } from "../testing/verified.ts";
import { definition, type ToyBug, toyContract, toyPlugin } from "../twins/toy-plugins.ts";

test.each<[check: string, bug: ToyBug, hint: string, keys: number, cuts: number]>([
  ["C1", "remembers", "C1-STATE", 0, 0],
  ["C3", "limits-before-merge", "C3-LAYOUT", 3, 1],
  ["C3", "first-range-only", "C3-RANGES", 1, 1],
  ["C3", "doubles", "C3-MODEL", 1, 0],
  ["C3", "answers-garbage", "C3-ANSWER", 0, 0],
  ["C6", "swallows", "C6-SWALLOWED", 0, 0],
  ["C6", "rewraps", "C6-REWRAPPED", 0, 0],
  ["C6", "writes-after-error", "C6-WROTE", 0, 0],
  ["C8", "panics-on-error", "C8-PANIC", 0, 0],
  ["C8", "panics-on-long-values", "C8-PANIC", 1, 0],
  ["C8", "loops-on-a-row", "C8-ENDLESS", 1, 0],
  ["C9", "panics-on-short-request", "C9-PANIC", 0, 0],
  ["C9", "believes-a-count", "C9-LIMIT", 0, 0],
  ["C9", "writes-when-malformed", "C9-WROTE", 0, 0],
  ["C9", "errors-when-malformed", "C9-CHANNEL", 0, 0],
  ["C9", "accepts-anything", "C9-ACCEPTED", 0, 0],
  ["C9", "refuses-in-garbage", "C9-UNDECODABLE", 0, 0],
  ["C9", "forgets", "C9-UNSTABLE", 0, 0],
])("%s finds a plugin that %s: %s", async (check, bug, hint, keys, cuts) => {
  const [report] = await verified({
    plugin: toyPlugin(bug),
    contract: toyContract(),
    checks: [check],
  });
  expect(report?.outcome).toBe("failed");
  expect(report?.finding?.complaint.hint).toBe(hint);
  expect(report?.finding?.shrunk).toMatchObject({ keys, cuts });
});

test("a good plugin passes every check, and every gate is met", async () => {
  const reports = await verified({ plugin: toyPlugin("none"), contract: toyContract() });
  const others = reports.filter(({ outcome }) => outcome !== "passed" && outcome !== "n/a");
  expect(others.map(({ id, reason }) => `${id} ${reason}`)).toEqual([]);
  expect(reports).toHaveLength(checkCatalogue.length);
  for (const { gates } of reports) for (const { count } of gates) expect(count).toBeGreaterThan(0);
});

test("a merge that depends on the order of the parts is found", async () => {
  const contract = { ...toyContract(), merge: orderedMerge };
  const [report] = await verified({ plugin: toyPlugin("none"), contract, checks: ["C3"] });
  expect(report?.finding?.complaint.hint).toBe("C3-ORDER");
});

/** Equal as long as the first part is the one of the smallest range. */
const orderedMerge: ReturnType<typeof toyContract>["merge"] = (parts) => {
  const starts = parts.map(({ ranges }) => ranges[0]?.start ?? "");
  const ascending = starts.every((start, at) => at === 0 || start >= (starts[at - 1] ?? ""));
  return {
    text: ascending ? "in order" : "backwards",
    equals: (other) => (other.text === "in order") === ascending,
  };
};

test("a codec that does not round-trip is found", async () => {
  const codec = { ...definition.codec, decodeReq: () => null };
  const [report] = await verified({
    plugin: toyPlugin("none"),
    contract: toyContract({ codec }),
    checks: ["C9"],
  });
  expect(report?.finding?.complaint.hint).toBe("C9-CODEC");
});

test("a call that may fail, and clean-up, are allowed when the contract says so", async () => {
  const mayFail = toyContract({ mayFail: ({ kind }) => kind === "scan" });
  const [swallows] = await verified({
    plugin: toyPlugin("swallows"),
    contract: mayFail,
    checks: ["C6"],
  });
  expect(swallows?.outcome).toBe("passed");
  const mayCleanUp = toyContract({ mayCleanUp: ({ kind }) => kind === "put" });
  const plugin = toyPlugin("writes-after-error");
  const [writes] = await verified({ plugin, contract: mayCleanUp, checks: ["C6"] });
  expect(writes?.outcome).toBe("passed");
});

test("a plugin that dies of an error is C8's matter, not C6's", async () => {
  const reports = await verified({ plugin: toyPlugin("panics-on-error"), contract: toyContract() });
  expect(reports.filter(({ outcome }) => outcome === "failed").map(({ id }) => id)).toEqual(["C8"]);
});

test("without rows nothing is shown: gates are missed", async () => {
  const contract = toyContract({
    gen: { ...definition.gen, data: definition.gen.data.map(() => []) },
  });
  const reports = await verified({ plugin: toyPlugin("none"), contract });
  const outcomes = Object.fromEntries(reports.map(({ id, outcome }) => [id, outcome]));
  expect(outcomes).toMatchObject({ C1: "passed", C3: "inconclusive", C6: "passed" });
  expect(reports.find(({ id }) => id === "C3")?.reason).toContain(
    "a cut fell between two live keys",
  );
});

test("a plugin without storage calls has no errors to pass on", async () => {
  const plugin = toyPlugin("calls-nothing");
  const [report] = await verified({ plugin, contract: toyContract(), checks: ["C6"] });
  expect(report).toMatchObject({ outcome: "n/a", reason: "no drawn request called storage" });
});

test("without a contract, checks that need one are skipped", async () => {
  const reports = await verified({ plugin: toyPlugin("none"), contract: null });
  const skipped = reports.filter(({ outcome }) => outcome === "skipped").map(({ id }) => id);
  const needing = checkCatalogue.filter(({ needsContract }) => needsContract !== null);
  expect(skipped).toEqual(needing.map(({ id }) => id));
  expect(skipped).toEqual(expect.arrayContaining(["C3", "C6", "C8"]));
});
