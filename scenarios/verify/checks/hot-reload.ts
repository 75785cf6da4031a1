/**
 * C18: a plugin that is loaded again while requests run goes on answering as if nothing had
 * happened. In the emulator the load falls before every storage call of a request, another request
 * runs on the new load, and the first goes on with the old one. In the simulated cluster the plugin
 * directories change under load, in the ways of people, and all stores restart at the end.
 * Source: verify-checks.md 3.1, C18 and fact F8.
 */
import { defaultPluginLimits } from "../../../plugins/index.ts";
import { unreachable } from "../../../sim/assert.ts";
import type { VerifyCase } from "../case.ts";
import type {
  Check,
  CheckGate,
  Complaint,
  DrawOptions,
  Seen,
  StoryLine,
  Subject,
} from "../check.ts";
import {
  type CalmRun,
  calmRun,
  type DirectoryRun,
  directoryRun,
  inventoryText,
} from "../directory-run.ts";
import { type DirectoryStory, directoryStories, type Rival } from "../disturbance.ts";
import { drawCases } from "../draws.ts";
import { interleave, other } from "../interleaving.ts";
import { interleavingStory, outcomeText } from "../interleaving-story.ts";
import { rangesText, rowsText } from "../number-line.ts";
import { promisingBases, type TracedCase } from "../racing-pairs.ts";
import { runAlone } from "../retry-run.ts";
import { hasDied, isExplained, sameAnswer } from "../serial-orders.ts";
import { isWriteCall } from "../told-text.ts";

const reloadRelations = [
  "load", // two loads of the plugin at the same time
  "requests", // a request on the old load, another on the new one
  "directory", // what people do to plugin directories, in the simulated cluster
] as const;

/** Requests to choose from, bases tried, partners of each, and places where a load may fall. */
const drawnMax = 40;
const basesMax = 8;
const partnersMax = 2;
const placesMax = 8;

const gates: readonly CheckGate[] = [
  { name: "again", sentence: "the plugin was loaded again while its first load was in use" },
  {
    name: "between",
    sentence: "it was loaded again between two storage calls of a request",
    onlyIf: "severalCalls",
  },
  { name: "hotLoaded", sentence: "a store loaded it again while it served requests" },
  {
    name: "inFlight",
    sentence: "a store loaded it again while a request ran on it",
    onlyIf: "slow",
  },
  { name: "served", sentence: "requests were answered by an older and by a newer load" },
];

/** Nothing that only memory knew, nobody that only memory kept apart. */
export const hotReload: Check = {
  id: "C18",
  title: "hot reload",
  sentence: "a plugin that is loaded again under load answers as if nothing had happened",
  needsContract: "it compares answers",
  emptyMeans: null,
  exhaustive: false,
  shrinks: ["disturbance", "rows", "ranges", "values", "request"],
  relations: reloadRelations,
  gates: () => gates,
  cases: reloadCases,
  judge(subject, one, seen) {
    if (one.relation === "load") return loadComplaint(subject, seen);
    if (subject.contract?.isRequest(one.request) === false) return null; // C9's matter.
    const { disturbance } = one;
    if (disturbance?.kind === "reload") return raceComplaint(subject, one, seen);
    if (disturbance?.kind !== "directory") return null;
    const under = runUnder(subject, one, { ...disturbance, fidelity: subject.fidelity });
    countGates(under, seen);
    seen.note(disturbance.story, storyNote(disturbance.story, under.ran));
    return clusterComplaint(subject, one, under);
  },
  story: reloadStory,
  origin(subject, one) {
    const { disturbance } = one;
    if (disturbance?.kind !== "directory") return "plugin";
    const under = runUnder(subject, one, { ...disturbance, fidelity: "contract" });
    return clusterComplaint(subject, one, under) === null ? "host limitation" : "plugin";
  },
};

// Two loads at once -----------------------------------------------------------------------------

function loadComplaint({ plugin, contract }: Subject, seen: Seen): Complaint | null {
  const limits = contract?.limits ?? defaultPluginLimits;
  const made = [plugin.instantiate(limits), plugin.instantiate(limits)] as const;
  for (const one of made) if (one.kind === "loaded") one.plugin.destroy();
  const [, second] = made;
  if (second.kind === "loaded") {
    seen.saw("again");
    return null;
  }
  return {
    hint: "C18-LOAD",
    message: `while it is loaded it cannot be loaded again: ${second.kind}: ${second.text}`,
    expected: "a second load beside the first",
    observed: `${second.kind}: ${second.text}`,
  };
}

// Two requests on two loads -----------------------------------------------------------------------

function raceComplaint(subject: Subject, one: VerifyCase, seen: Seen): Complaint | null {
  const { contract } = subject;
  const { disturbance } = one;
  if (contract === null || disturbance?.kind !== "reload") return null;
  const { rival, order } = disturbance;
  const duo = { one, rival };
  const observed = interleave(subject, duo, order, { reloads: true });
  const alone = interleave(subject, duo, order);
  if (hasDied(observed) || hasDied(alone)) return null; // C8's matter.
  const own = observed.steps.filter(({ lane }) => lane === "a").length;
  const doneBefore = observed.steps.findIndex(({ lane }) => lane === "b");
  const isBetween = doneBefore > 0 && doneBefore < own;
  if (own > 1) seen.saw("severalCalls");
  if (isBetween) seen.saw("between");
  const isSame =
    observed.rows.equals(alone.rows) &&
    (["a", "b"] as const).every((lane) =>
      sameAnswer(contract, one, { lane, serial: alone, observed }),
    );
  if (isSame) return null;
  const isOver = doneBefore === own || doneBefore === -1;
  const serial = (["a", "b"] as const).map((lane) => interleave(subject, duo, lane));
  if (!isOver && isExplained(contract, one, { serial, observed })) return null;
  const [expected = "", was = ""] = [alone, observed].map((ran) => outcomeText(contract, duo, ran));
  const when = isOver ? "one after the other, and a load between them" : "on two loads at once";
  return {
    hint: isOver ? "C18-STATE" : "C18-RACE",
    message: `two requests ${when}, end in ${short(was)}; on one load, in ${short(expected)}`,
    expected,
    observed: was,
  };
}

/** The story has it in full. */
const short = (text: string): string => (text.length <= 100 ? text : `${text.slice(0, 97)}...`);

// Plugin directories ------------------------------------------------------------------------------

type RunOptions = { readonly story: DirectoryStory; readonly fidelity: "tikv" | "contract" };

type Under = { readonly ran: DirectoryRun; readonly calm: CalmRun };

/** Runs are pure and dear: stories share the calm one, and report and origin ask again. */
const memory = new WeakMap<Subject, Map<string, unknown>>();

function remembered<Run>(subject: Subject, key: object, make: () => Run): Run {
  const known = memory.get(subject) ?? new Map<string, unknown>();
  memory.set(subject, known);
  const words = JSON.stringify(key, (_, value: unknown) =>
    value instanceof Uint8Array ? value.join() : value,
  );
  const ran = (known.get(words) ?? make()) as Run;
  known.set(words, ran);
  return ran;
}

function runUnder(subject: Subject, one: VerifyCase, { story, fidelity }: RunOptions): Under {
  const { rows, ranges, request } = one;
  const key = { rows, ranges, request, fidelity };
  const calm = remembered(subject, key, () => calmRun(subject, one, fidelity));
  const ran = remembered(subject, { ...key, story }, () =>
    directoryRun(subject, one, { story, fidelity, calm }),
  );
  return { ran, calm };
}

/** What lasts so long, microseconds, that a load can be made to fall into it. */
const slowUs = 1_000;

function countGates({ ran, calm }: Under, seen: Seen): void {
  if (ran.loads.length > 0) seen.saw("hotLoaded");
  if (ran.inFlight > 0) seen.saw("inFlight");
  if (ran.loads.length > 0 && calm.lastsUs >= slowUs) seen.saw("slow");
  if ([...ran.served.keys()].some((load) => load > 1) && ran.served.has(1)) seen.saw("served");
}

/** What an operator learns: who serves what before all stores restart, and after it. */
function storyNote(story: DirectoryStory, { before, after }: DirectoryRun): string {
  const restarted = inventoryText(after);
  const disagree = restarted.startsWith("every node") ? "" : " (nodes disagree)";
  const was = inventoryText(before);
  return `${storyWords(story)}: ${was}; after a restart ${restarted}${disagree}`;
}

function storyWords(story: DirectoryStory): string {
  switch (story) {
    case "newPath":
      return "new file, old one deleted later";
    case "slowCopy":
      return "new file by a copy that stalls";
    case "samePath":
      return "new version over the old file";
    case "rename":
      return "file renamed";
    case "twice":
      return "the same plugin in two files";
    default:
      return unreachable(story);
  }
}

function clusterComplaint(
  subject: Subject,
  one: VerifyCase,
  { ran: { asked, verdict }, calm }: Under,
): Complaint | null {
  let reads: boolean | null = null;
  const [first] = calm.asked;
  for (const found of asked) {
    // Those that were aimed at a load have no counterpart: any answer is as good.
    const calmly = calm.asked.find(({ id }) => id === found.id) ?? first;
    if (calmly?.ended !== "ok") continue;
    const at = `a request at ${(found.callUs / 1e6).toFixed(3)} s`;
    if (found.ended !== "ok") {
      return {
        hint: "C18-LOST",
        message: `${at} fails only because plugin directories change: ${short(found.ended)}`,
        expected: "an answer, as without the change",
        observed: found.ended,
      };
    }
    const [left, right] = [calmly.merged, found.merged];
    reads ??= runAlone(subject, one).trace.every(({ call }) => !isWriteCall(call));
    if (!reads || left === null || (right !== null && left.equals(right))) continue;
    const observed = right?.text ?? "bytes that are no answer";
    return {
      hint: "C18-ANSWER",
      message: `${at} is answered ${short(observed)}; without the change ${short(left.text)}`,
      expected: left.text,
      observed,
    };
  }
  if (verdict === null) return null;
  const expected = "nothing for the judges of suite reload";
  return { hint: "C18-LOST", message: short(verdict), expected, observed: verdict };
}

// Cases -------------------------------------------------------------------------------------------

function* reloadCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const seeds = Math.min(options.seeds, drawnMax);
  const drawn = drawCases(subject, { ...options, seeds }).filter(({ ranges }) => ranges.length > 0);
  const [first] = drawn;
  if (first === undefined) return;
  yield { ...first, relation: "load" };
  const traced = drawn.map((one) => ({ one, trace: runAlone(subject, one).trace }));
  for (const { base, partners } of promisingBases(traced).slice(0, basesMax)) {
    const calls = Math.min(placesMax, base.trace.length);
    for (const { ranges, request } of partners.slice(0, partnersMax)) {
      const rival: Rival = { kind: "request", ranges, request };
      for (let at = 0; at <= calls; at++) {
        const order = `${"a".repeat(at)}b`;
        yield { ...base.one, relation: "requests", disturbance: { kind: "reload", rival, order } };
      }
    }
  }
  for (const [number, one] of heaviest(traced).entries()) {
    for (const story of number === 0 ? directoryStories : secondStories) {
      yield { ...one, relation: "directory", disturbance: { kind: "directory", story } };
    }
  }
}

/** Those that load while requests run: the others teach nothing more with another request. */
const secondStories: readonly DirectoryStory[] = ["newPath", "twice"];

/** The longest request that writes, and the longest that only reads, if there are such. */
function heaviest(traced: readonly TracedCase[]): readonly VerifyCase[] {
  const sorted = traced.toSorted((a, b) => b.trace.length - a.trace.length);
  const writes = ({ trace }: TracedCase) => trace.some(({ call }) => isWriteCall(call));
  const [writer, reader] = [sorted.find(writes), sorted.find((one) => !writes(one))];
  return [writer, reader].flatMap((found) => found?.one ?? []);
}

// Stories -----------------------------------------------------------------------------------------

function reloadStory(subject: Subject, one: VerifyCase): readonly StoryLine[] {
  const { contract } = subject;
  const { disturbance } = one;
  if (contract === null) return [];
  if (disturbance?.kind === "reload") {
    const { rival, order } = disturbance;
    const lines = interleavingStory(subject, { one, rival }, order, { reloads: true });
    const loads = { label: "loads", text: `a on the old one, ${other("a")} on the new one` };
    return [loads, ...lines];
  }
  if (disturbance?.kind !== "directory") return [];
  const { story } = disturbance;
  const { ran } = runUnder(subject, one, { story, fidelity: subject.fidelity });
  const loads = ran.loads.map(({ store, timeUs }) => `n${store} ${(timeUs / 1e6).toFixed(3)} s`);
  const served = [...ran.served].sort(([a], [b]) => a - b);
  return [
    { label: "rows", text: rowsText(one.rows, contract) },
    { label: "request", text: contract.requestText(one.request) || "no bytes" },
    { label: "ranges", text: rangesText(one.ranges) },
    { label: "change", text: `at 4.000 s on every node: ${storyWords(story)}` },
    { label: "loaded", text: loads.join(", ") || "nowhere" },
    { label: "in flight", text: `${ran.inFlight} requests while their node loaded it` },
    { label: "served", text: served.map(([load, count]) => `load ${load}: ${count}`).join(", ") },
    { label: "before", text: inventoryText(ran.before) },
    { label: "restarted", text: inventoryText(ran.after) },
  ];
}
