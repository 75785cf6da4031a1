/**
 * C14 and the matrix below it. To add a case: a plugin and a contract with what must come of them,
 * or a version and a requirement.
 */
import { expect, test } from "vitest";
import {
  hostBuildInfo,
  hostSurface,
  inProcessPlugin,
  oldSurface,
  type PreparedPlugin,
  pluginSymbols,
  surfaceHash,
} from "../../../plugins/index.ts";
import {
  expectedLoad,
  loadVerdict,
  requirementRows,
  serveVerdict,
  simulatedTikv,
  syntheticLoad,
  syntheticLoads,
} from "../abi-matrix.ts";
import { checksUpTo } from "../levels.ts";
import { verified } from "../testing/verified.ts";
import { toyContract } from "../twins/toy-plugins.ts";

type ToyDeclarations = Parameters<typeof toyContract>[0];

function plugin(version: string, rustc: string = hostBuildInfo.rustc): PreparedPlugin {
  return inProcessPlugin({
    info: { name: "toy", version },
    build: { ...hostBuildInfo, rustc },
    create: () =>
      function* handle(_, data, storage) {
        const found = yield* storage.get("k");
        return found.kind === "ok" ? { kind: "response", data } : found;
      },
  });
}

const other = { ...simulatedTikv, rustc: "rustc 1.90.0-nightly" };

test.each<
  [name: string, made: PreparedPlugin, declared: ToyDeclarations, hint: string, says: RegExp]
>([
  ["another rustc", plugin("1.0.0", "rustc 1.0.0"), {}, "C14-REFUSED", /rustc 1\.0\.0.*1\.89/],
  ["a version that is none", plugin("1.0"), {}, "C14-REFUSED", /"1\.0".*MAJOR\.MINOR\.PATCH/],
  ["a second cluster", plugin("1.0.0"), { tikv: [simulatedTikv, other] }, "C14-REFUSED", /1\.90/],
  [
    "an old surface",
    plugin("1.0.0"),
    { surface: oldSurface },
    "C14-SURFACE",
    /both say api 0\.1\.0/,
  ],
  [
    "an old TiKV",
    plugin("1.0.0"),
    { tikv: [{ ...simulatedTikv, surface: oldSurface }] },
    "C14-SURFACE",
    /TiKV has/,
  ],
  ["another major", plugin("1.0.0"), { requirements: ["^2"] }, "C14-REQUIREMENT", /1\.0\.0.*"\^2"/],
  ["no space", plugin("1.0.0"), { requirements: [">=1.0.0,<2.0.0"] }, "C14-REQUIREMENT", /invalid/],
  [
    "an empty one",
    plugin("1.0.0"),
    { requirements: ["*", ""] },
    "C14-REQUIREMENT",
    /refuses to send/,
  ],
  [
    "a pre-release",
    plugin("1.0.0-rc.1"),
    { requirements: ["*"] },
    "C14-REQUIREMENT",
    /does not match/,
  ],
  [
    "2^64",
    plugin("1.0.0"),
    { requirements: ["18446744073709551616"] },
    "C14-REQUIREMENT",
    /node stops/,
  ],
])("finds %s", async (_, made, declared, hint, says) => {
  const contract = toyContract(declared);
  const [report] = await verified({ plugin: made, contract, checks: ["C14"] });
  expect(report?.outcome).toBe("failed");
  expect(report?.finding?.complaint.hint).toBe(hint);
  expect(report?.finding?.complaint.message).toMatch(says);
  expect(report?.finding?.story.length).toBeGreaterThan(2);
});

test("runs without a contract, and passes what is well built", async () => {
  const [report] = await verified({ plugin: plugin("1.2.3"), contract: null, checks: ["C14"] });
  expect(report).toMatchObject({ outcome: "passed", notes: ["9 builds x 10 requirements"] });
  const requirements = ["^1", "=1.2.3", ">=1.0.0, <3.0.0", "*"];
  const contract = toyContract({ requirements });
  const [asked] = await verified({ plugin: plugin("1.2.3"), contract, checks: ["C14"] });
  expect(asked).toMatchObject({ outcome: "passed", cases: 2 + requirements.length });
  const [early] = await verified({ plugin: plugin("1.2.3-rc.1"), contract: null, checks: ["C14"] });
  expect(early).toMatchObject({ outcome: "passed" });
  expect(checksUpTo("L0")).toEqual(["C14"]);
});

test.each(syntheticLoads)("%s: each reason names both sides", (name) => {
  const { build, info } = plugin("1.2.3");
  const loaded = { build, info, surface: hostSurface, symbols: pluginSymbols };
  const verdict = syntheticLoad(loaded, name);
  expect(verdict.kind).toBe(expectedLoad(name));
  if (verdict.kind !== "loads") expect(verdict.text).toMatch(/plugin.*TiKV/);
  expect(loadVerdict(loaded, simulatedTikv).kind).toBe("loads");
});

test.each(["0.0.0", "0.3.1", "1.2.3", "10.20.30", "1.2.3-rc.1", "2.0.0+build.5"])(
  "version %s gets what the table says",
  (version) => {
    const rows = requirementRows(version);
    expect(rows.length).toBeGreaterThan(5);
    for (const { requirement, expected } of rows) {
      const verdict = serveVerdict({ name: "p", version }, requirement);
      expect([requirement, verdict.kind]).toEqual([requirement, expected]);
    }
  },
);

test("surfaces with the same version number have different hashes", () => {
  expect(hostSurface).toMatch(/^[0-9a-f]{8}$/);
  expect(oldSurface).not.toBe(hostSurface);
  expect(surfaceHash(["a", "b"])).not.toBe(surfaceHash(["b", "a"]));
});
