/**
 * The example plugins: a good one passes every check, a bad twin fails the check that its
 * plugin.json names, in a case small enough to read. A new example folder is tested without a word
 * here, as long as its contract is built in.
 */
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { buildsModules } from "../../plugins/build/testing/rust-test.ts";
import {
  buildExample,
  listExamples,
  type PreparedPlugin,
  prepareArtefact,
  readArtefact,
  rustInstallHint,
} from "../../plugins/index.ts";
import { builtInContracts } from "./built-in-contracts.ts";
import { checkById, checkCatalogue } from "./catalogue.ts";
import { Seen, Subject } from "./check.ts";
import { confirmingEnvironment, verified } from "./testing/verified.ts";
import type { Finding } from "./verification.ts";

const examples = join(import.meta.dirname, "..", "..", "plugins", "examples");

async function load(folder: string) {
  const built = await buildExample(join(examples, folder));
  const contract = builtInContracts.get(built.plugin.name) ?? null;
  expect(contract).not.toBeNull();
  return { plugin: await prepare(built), contract, caughtBy: built.plugin.caughtBy };
}

async function prepare(built: Awaited<ReturnType<typeof buildExample>>): Promise<PreparedPlugin> {
  if (built.kind === "inProcess") return built.prepared;
  const { kind, bytes } = await readArtefact(built.path);
  const cacheFolder = join(dirname(built.path), "prepared");
  const plugin = await prepareArtefact(bytes, { kind, cacheFolder });
  if (plugin.kind === "broken") throw new Error(plugin.reason);
  return plugin;
}

const folders = (await listExamples(examples)).map((path) => relative(examples, path));
const isBuildable = (folder: string): boolean => buildsModules || !folder.endsWith("-rust");
for (const folder of folders.filter((one) => !isBuildable(one))) {
  process.stderr.write(`\nSKIPPED, NO EVIDENCE: ${folder}: ${rustInstallHint}\n`);
}
const [good, bad] = [false, true].map((isBad) =>
  folders.filter((folder) => isBuildable(folder) && folder.includes("/bad-") === isBad),
);

/** Base cases of each check; C9 makes hundreds of cases of one. */
const seedsOf = (id: string): number => (id === "C9" ? 1 : 8);

test.each(good ?? [])("%s passes every check", async (folder) => {
  const { plugin, contract } = await load(folder);
  for (const { id } of checkCatalogue) {
    // Equal bytes for equal requests is tested beside it; what is new here is its engine or SDK.
    if (/\/good-(?:script|rust)$/.test(folder) && !["C1", "C6", "C11"].includes(id)) continue;
    const reports = await verified({ plugin, contract, checks: [id], seeds: seedsOf(id) });
    const told = reports.map(({ outcome, reason }) => `${id} ${outcome} ${reason}`);
    expect(told).toEqual([expect.stringMatching(/ (?:passed|n\/a) /)]);
  }
});

test.each(bad ?? [])("%s fails the check that it names, again and again", async (folder) => {
  const { plugin, contract, caughtBy } = await load(folder);
  const check = checkById(caughtBy ?? "");
  if (check === null) throw new Error(`${folder} names no check that there is`);
  const [report] = await verified({ plugin, contract, checks: [check.id], seeds: 60 });
  const finding = report?.finding ?? null;
  if (finding === null) throw new Error(`${folder} passes ${check.id}`);
  const environment = await confirmingEnvironment();
  const subject = new Subject({ plugin, contract, environment, fidelity: "tikv" });
  expect(check.judge(subject, finding.smallest, new Seen(null))).toEqual(finding.complaint);
});

async function findingOf(folder: string): Promise<Finding> {
  const { plugin, contract, caughtBy } = await load(folder);
  const [report] = await verified({ plugin, contract, checks: [caughtBy ?? ""] });
  if (report?.finding === null || report === undefined) throw new Error("nothing was found");
  return report.finding;
}

test("an average of averages: at most three keys and one cut, and the cluster agrees", async () => {
  const finding = await findingOf("aggregate/bad-average-of-averages");
  expect(finding.shrunk.keys).toBeLessThanOrEqual(3);
  expect(finding.shrunk.cuts).toBe(1);
  expect(finding.confirmation).toEqual({
    agrees: true,
    text: "confirmed in the simulated cluster: 3 stores, 2 regions",
  });
});

test("a short request kills every store", async () => {
  const finding = await findingOf("aggregate/bad-panic-on-short-request");
  expect(finding.smallest.request.length).toBe(0);
  expect(finding.confirmation?.text).toMatch(/^1 request killed 3 of 3 stores in \d\.\d s/);
});

test("a swallowed error is seen in every class and call", async () => {
  const { plugin, contract } = await load("aggregate/bad-swallowed-error");
  const [report] = await verified({ plugin, contract, checks: ["C6"] });
  const cells = report?.matrix?.flatMap((row) => row.cells) ?? [];
  expect(cells.length).toBeGreaterThan(12);
  expect(new Set(cells)).toEqual(new Set(["swallowed"]));
  expect(report?.finding?.shrunk).toMatchObject({ keys: 0 });
});
