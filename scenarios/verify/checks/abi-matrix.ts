/**
 * C14: the TiKVs that are to load a plugin do, and the requests that are to reach it do. Synthetic
 * builds beside the plugin's own fill the rest of the matrix: each must be refused, with a reason.
 * Source: verify-checks.md 3.1, C14 and fact F7.
 */
import { hostSurface, parseVersion, pluginSymbols } from "../../../plugins/index.ts";
import { assert, unreachable } from "../../../sim/assert.ts";
import { emptyBytes } from "../../../sim/bytes.ts";
import {
  expectedLoad,
  type LoadedBuild,
  loadVerdict,
  type RequirementRow,
  requirementRows,
  serveVerdict,
  simulatedTikv,
  syntheticLoad,
  syntheticLoads,
} from "../abi-matrix.ts";
import type { VerifyCase } from "../case.ts";
import type { Check, CheckGate, Complaint, StoryLine, Subject } from "../check.ts";
import type { TikvBuild } from "../contract-policy.ts";

/** What a case's request bytes hold. */
const abiRelations = [
  "tikv", // a TiKV build, as JSON
  "requirement", // a requirement that clients send, as text
  "synthetic", // nothing: all builds and requirements that the plugin must tell apart
] as const;
type AbiRelation = (typeof abiRelations)[number];

const gates: readonly CheckGate[] = [
  { name: "loads", sentence: "a TiKV loaded the plugin" },
  { name: "refused", sentence: "a TiKV of another build refused it" },
  { name: "served", sentence: "a requirement was served", onlyIf: "release" },
  { name: "rejected", sentence: "a requirement was rejected" },
];

/** The TiKVs that are to load a plugin do; the requests that are to reach it do. */
export const abiMatrix: Check = {
  id: "C14",
  title: "abi matrix",
  sentence: "every TiKV that is to load the plugin does, and serves what clients ask for",
  needsContract: null,
  emptyMeans: null,
  exhaustive: false,
  shrinks: [],
  relations: abiRelations,
  gates: () => gates,
  *cases({ contract }): Generator<VerifyCase> {
    yield caseOf("synthetic", "");
    for (const tikv of contract?.tikv ?? [simulatedTikv])
      yield caseOf("tikv", JSON.stringify(tikv));
    for (const text of contract?.requirements ?? []) yield caseOf("requirement", text);
  },
  judge(subject, one, seen) {
    const relation = one.relation as AbiRelation;
    switch (relation) {
      case "tikv":
        return loadComplaint(subject, tikvOf(one));
      case "requirement":
        return requirementComplaint(subject, textOf(one));
      case "synthetic": {
        const { loads, serves } = synthetic(subject);
        for (const { kind } of loads) seen.saw(kind === "unsound" ? "loads" : kind);
        for (const { row, kind } of serves) {
          seen.saw(kind === "served" ? "served" : "rejected");
          if (row.expected === "served") seen.saw("release");
        }
        seen.note("cells", `${loads.length} builds x ${serves.length} requirements`);
        return null;
      }
      default:
        return unreachable(relation);
    }
  },
  story: abiStory,
};

function caseOf(relation: AbiRelation, text: string): VerifyCase {
  const request = Uint8Array.from(Buffer.from(text, "utf8"));
  const nothing = { rows: [], ranges: [], cuts: [], fault: null, disturbance: null };
  return { ...nothing, request: text === "" ? emptyBytes : request, relation };
}

const textOf = ({ request }: VerifyCase): string => Buffer.from(request).toString("utf8");

/** A repro file may hold anything: what is missing is compared as an empty text. */
function tikvOf(one: VerifyCase): TikvBuild {
  let value: unknown = null;
  try {
    value = JSON.parse(textOf(one));
  } catch {
    // Then all fields are missing.
  }
  const text = (name: string): string => {
    const found: unknown = Reflect.get(Object(value), name);
    return typeof found === "string" ? found : "";
  };
  const surface = text("surface");
  const build = { apiVersion: text("apiVersion"), rustc: text("rustc"), target: text("target") };
  return surface === "" ? build : { ...build, surface };
}

/** The plugin under verification: it was described, so it has the three functions. */
function loadedBuild({ plugin, contract }: Subject): LoadedBuild {
  const { build, info } = plugin;
  return { build, info, surface: contract?.surface ?? hostSurface, symbols: pluginSymbols };
}

function loadComplaint(subject: Subject, tikv: TikvBuild): Complaint | null {
  const { kind, text } = loadVerdict(loadedBuild(subject), tikv);
  if (kind === "loads") return null;
  const expected = "TiKV loads it, and both mean the same by it";
  if (kind === "refused") {
    return { hint: "C14-REFUSED", message: text, expected, observed: "refused" };
  }
  return { hint: "C14-SURFACE", message: text, expected, observed: "loaded, undefined behaviour" };
}

function requirementComplaint({ plugin }: Subject, requirement: string): Complaint | null {
  const verdict = serveVerdict(plugin.info, requirement);
  const { kind, client, clientText, text } = verdict;
  const hint = "C14-REQUIREMENT" as const;
  const expected = "client-rust sends it, and TiKV serves it";
  if (kind === "served" && client === "sends") return null;
  if (kind === "served") {
    const message = `client-rust refuses to send the requirement "${requirement}": ${clientText}`;
    return { hint, message, expected, observed: "never sent" };
  }
  return { hint, message: text, expected, observed: kind };
}

/** The plugin against builds and requirements that must be told apart. */
function synthetic(subject: Subject) {
  const own = loadedBuild(subject);
  // A version that is none would be refused everywhere, and nothing else would show.
  const isVersion = !("error" in parseVersion(own.info.version));
  const plugin = isVersion ? own : { ...own, info: { ...own.info, version: "1.0.0" } };
  const loads = syntheticLoads.map((name) => {
    const verdict = syntheticLoad(plugin, name);
    assert(verdict.kind === expectedLoad(name), `TiKV's load gate knows: ${name}`);
    return { name, ...verdict };
  });
  const serves = requirementRows(plugin.info.version).map((row: RequirementRow) => {
    const verdict = serveVerdict(plugin.info, row.requirement);
    assert(verdict.kind === row.expected, `TiKV's requirement rules know: "${row.requirement}"`);
    return { row, ...verdict };
  });
  return { loads, serves };
}

function abiStory(subject: Subject, one: VerifyCase): readonly StoryLine[] {
  const { info, build } = subject.plugin;
  const { loads, serves } = synthetic(subject);
  const plugin = `${info.name} ${info.version}: ${buildText(build)}`;
  const asked =
    one.relation === "tikv"
      ? { label: "TiKV", text: buildText(tikvOf(one)) }
      : { label: "asked", text: `"${textOf(one)}"` };
  const grid =
    one.relation === "tikv"
      ? loads.map(({ name, kind }) => ({ label: "", text: `${name.padEnd(33)} ${kind}` }))
      : serves.map(({ row, kind, client }) => {
          const text = `${JSON.stringify(row.requirement).padEnd(26)} TiKV ${kind.padEnd(9)}`;
          return { label: "", text: `${text} client-rust ${client}` };
        });
  return [{ label: "plugin", text: plugin }, asked, ...grid];
}

function buildText({ apiVersion, rustc, target, surface }: TikvBuild): string {
  const hash = surface === undefined ? "" : `#${surface}`;
  return `api ${apiVersion}${hash}, ${rustc}, ${target}`;
}
