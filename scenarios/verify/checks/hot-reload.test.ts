/**
 * C18. To add a case: a way of writing in `twins/writer-plugins.ts`, and a row with its hint; or a
 * plugin made bad by wrapping, as those that only a cluster tells apart.
 */
import { expect, test } from "vitest";
import type { InstantiateResult, PreparedPlugin } from "../../../plugins/index.ts";
import { checkById } from "../catalogue.ts";
import { Seen, Subject } from "../check.ts";
import { newerBuild } from "../directory-plan.ts";
import type { DirectoryStory } from "../disturbance.ts";
import { confirmingEnvironment, verified } from "../testing/verified.ts";
import { type Writing, writerContract, writerPlugin } from "../twins/writer-plugins.ts";
import {
  formatVerifyRepro,
  parseVerifyRepro,
  type VerifyRepro,
  verifyReproSchema,
} from "../verify-repro.ts";

const contract = writerContract({ kind: "write-idempotent" });

async function judged(plugin: PreparedPlugin, fidelity: "tikv" | "contract" = "tikv") {
  const [report] = await verified({ plugin, contract, checks: ["C18"], fidelity, seeds: 6 });
  if (report === undefined) throw new Error("C18 is in the catalogue");
  return report;
}

test.each<[writing: Writing, hint: string, message: RegExp]>([
  ["sets-both-in-turn", "C18-RACE", /^two requests on two loads at once, end in .*; on one load/],
  ["writes-behind", "C18-STATE", /^two requests one after the other, and a load between them/],
])("finds what only memory keeps: %s", async (writing, hint, message) => {
  const { outcome, finding } = await judged(writerPlugin(writing));
  expect(outcome).toBe("failed");
  expect(finding?.complaint).toMatchObject({ hint, message: expect.stringMatching(message) });
  expect(finding?.origin).toBe("plugin");
  expect(finding?.shrunk.keys).toBe(0);
  const story = finding?.story.map(({ label, text }) => `${label} ${text}`).join("\n");
  expect(story).toMatch(/^loads a on the old one, b on the new one\n[\s\S]*observed a \d+, b \d+/);
});

test("what memory keeps in order is found by no check but C18", async () => {
  const checks = ["C1", "C2", "C6", "C8", "C11", "C12", "C13", "C18", "C20"];
  const plugin = writerPlugin("sets-both-in-turn");
  const reports = await verified({ plugin, contract, checks, seeds: 6 });
  const failed = reports.filter(({ outcome }) => outcome === "failed").map(({ id }) => id);
  expect(failed).toEqual(["C18"]);
});

const newer = "new file, old one deleted later: every node 1.0.1; after a restart every node 1.0.1";
const renamed = "file renamed: every node 1.0.0; after a restart every node 1.0.0";
const inventories = {
  tikv: [
    newer,
    "new file by a copy that stalls: every node 1.0.0; after a restart n1 1.0.1, n2 1.0.0," +
      " n3 1.0.1 (nodes disagree)",
    "new version over the old file: every node 1.0.0; after a restart every node 1.0.1",
    renamed,
    "the same plugin in two files: every node 1.0.0; after a restart every node 1.0.0",
  ],
  contract: [
    newer,
    "new file by a copy that stalls: every node 1.0.0 and 1.0.1; after a restart every node 1.0.0" +
      " and 1.0.1",
    "new version over the old file: every node 1.0.1; after a restart every node 1.0.1",
    renamed,
    "the same plugin in two files: every node 1.0.0 and 1.0.0; after a restart every node 1.0.0" +
      " and 1.0.0",
  ],
} as const;

test.each(["tikv", "contract"] as const)(
  "%s: a good plugin passes, every gate met",
  async (fidelity) => {
    const { outcome, reason, gates, notes } = await judged(writerPlugin("sets-both"), fidelity);
    expect(`${outcome} ${reason}`).toBe("passed ");
    expect(gates.map(({ name }) => name)).toEqual([
      "again",
      "between",
      "hotLoaded",
      "inFlight",
      "served",
    ]);
    for (const { count } of gates) expect(count).toBeGreaterThan(0);
    expect(notes).toEqual(inventories[fidelity]);
  },
);

/** The plugin whose constructor does something else from the n-th load of this process on. */
function later(
  plugin: PreparedPlugin,
  loads: number,
  instantiate: PreparedPlugin["instantiate"],
): PreparedPlugin {
  let count = 0;
  return {
    ...plugin,
    instantiate: (limits) => (++count < loads ? plugin : { instantiate }).instantiate(limits),
  };
}

const panics = (): InstantiateResult => ({ kind: "panic", text: "already registered" });

test("a plugin that cannot be loaded twice", async () => {
  const { finding } = await judged(later(writerPlugin("sets"), 2, panics));
  expect(finding?.complaint.hint).toBe("C18-LOAD");
  expect(finding?.complaint.message).toContain("already registered");
});

/** Judges one story on a plugin, as a replay does. */
async function underStory(
  plugin: PreparedPlugin,
  { story, fidelity }: { readonly story: DirectoryStory; readonly fidelity: "tikv" | "contract" },
) {
  const environment = await confirmingEnvironment();
  const check = checkById("C18");
  const subject = new Subject({ plugin, contract, environment, fidelity });
  const one = {
    rows: [{ key: "x", value: Uint8Array.of(49) }],
    ranges: [{ start: "", end: "" }],
    request: Uint8Array.of(1, 2, 3),
    cuts: [],
    relation: "directory",
    fault: null,
    disturbance: { kind: "directory", story } as const,
  };
  const complaint = check?.judge(subject, one, new Seen(null));
  return { complaint, story: check?.story(subject, one) };
}

/** Loads of the calm run, and of its three restarts. */
const calmLoads = 6;

test("a constructor that panics stops the nodes that load it", async () => {
  const plugin = later(writerPlugin("sets"), calmLoads + 1, panics);
  const found = await underStory(plugin, { story: "newPath", fidelity: "tikv" });
  expect(found.complaint?.hint).toBe("C18-LOST");
  expect(found.story?.map(({ label }) => label)).toContain("in flight");
});

test("a load that answers otherwise is found by a reader", async () => {
  const { instantiate } = writerPlugin("answers-at-once");
  const plugin = later(writerPlugin("sums"), calmLoads + 1, instantiate);
  const found = await underStory(plugin, { story: "twice", fidelity: "tikv" });
  expect(found.complaint?.hint).toBe("C18-ANSWER");
});

test("a newer build is the same plugin under the next version", () => {
  const plugin = writerPlugin("sets");
  const newer = newerBuild(plugin);
  expect(newer.info).toEqual({ name: "writer-sets", version: "1.0.1" });
  expect(newer.hash).not.toBe(plugin.hash);
  const odd = { ...plugin, info: { name: "p", version: "0.1.9-rc.1+b" } };
  expect(newerBuild(odd).info.version).toBe("0.1.10");
});

test("a repro file brings the finding back, and a mended plugin passes it", async () => {
  const plugin = writerPlugin("sets-both-in-turn");
  const { finding } = await judged(plugin);
  if (finding === null) throw new Error("nothing was found");
  const { check: id, complaint, smallest, original } = finding;
  const repro: VerifyRepro = {
    schema: verifyReproSchema,
    kind: "verify",
    tool: { name: "coprsim", version: "0.1.0" },
    artefact: "plugin.wasm",
    pluginHash: "",
    contract: null,
    check: id,
    seed: "1",
    fidelity: "tikv",
    config: {},
    case: smallest,
    ...complaint,
    original,
  };
  const read = parseVerifyRepro(JSON.parse(formatVerifyRepro(repro)), "f");
  expect(read.case).toEqual(smallest);
  const environment = await confirmingEnvironment();
  const again = (one: PreparedPlugin) =>
    checkById("C18")?.judge(
      new Subject({ plugin: one, contract, environment, fidelity: "tikv" }),
      read.case,
      new Seen(null),
    );
  expect(again(plugin)).toEqual(complaint);
  expect(again(writerPlugin("sets"))).toBeNull();
});
