/**
 * What the client of the simulated cluster does when the answer of a request that wrote is lost:
 * the store dies when the plugin has answered and nothing has left.
 */
import { eventKinds, pluginOutcomes } from "../../nodes/events.ts";
import type { Plan, PlannedFault } from "../plan.ts";
import type { VerifyCase } from "./case.ts";
import type { StoryLine, Subject } from "./check.ts";
import type { ClusterEvent } from "./cluster-events.ts";
import { callId, callUs, planOf, runInCluster } from "./cluster-run.ts";

export type Sendings = {
  /** The answer was lost after a run. */
  readonly lost: boolean;
  /** Runs of the plugin for the one request that got as far as an answer. */
  readonly runs: number;
  readonly story: readonly StoryLine[];
};

const lostAnswer: PlannedFault = {
  id: 1,
  trigger: {
    kind: "moment",
    moment: "plugin-response-about-to-leave",
    store: 0,
    occurrence: 1,
    fromUs: callUs,
  },
  store: 0,
  forUs: 1_000_000,
  breakage: { kind: "crash" },
};

/** Sends the case's request as its contract says, and loses the answer. */
export function sendingsInCluster(subject: Subject, one: VerifyCase): Sendings {
  const plan = planOf(subject, one);
  const kinds = [eventKinds.clientSent, eventKinds.pluginStarted, eventKinds.pluginFinished];
  const once = subject.contract?.sends === "once";
  const { events, result } = runInCluster(
    subject,
    { ...plan, faults: [lostAnswer], operations: operationsOf(plan, once) },
    kinds,
  );
  const own = events.filter(({ a }) => a === callId);
  const count = (kind: number) => own.filter((event) => event.kind === kind).length;
  const outcome = result.history.find(({ id }) => id === callId)?.outcome;
  const end = outcome?.kind === "ok" ? "an answer" : `${outcome?.kind}: ${outcome?.text}`;
  return {
    lost: count(eventKinds.pluginFinished) > 0,
    runs: own.filter(answers).length,
    story: [...shortened(own.map(lineOf)), { label: "client", text: `got ${end}` }],
  };
}

/** A run that got as far as an answer: those on followers end at their first storage call. */
const answers = ({ kind, c }: ClusterEvent): boolean =>
  kind === eventKinds.pluginFinished && c === pluginOutcomes.response;

/** Without the middle, where followers are asked again and again. */
function shortened(lines: readonly StoryLine[]): readonly StoryLine[] {
  if (lines.length <= 9) return lines;
  const left = `${lines.length - 8} more, to stores that do not lead`;
  return [...lines.slice(0, 4), { label: "", text: left }, ...lines.slice(-4)];
}

/** A read before the request: a client that sends once must know the leader. */
function operationsOf({ operations }: Plan, once: boolean): Plan["operations"] {
  const read = { id: callId + 10, atUs: callUs - 500_000, client: 0 } as const;
  return [
    { ...read, request: { kind: "get", key: "" } },
    ...operations.map((one) =>
      one.request.kind === "coprocessor" ? { ...one, request: { ...one.request, once } } : one,
    ),
  ];
}

function lineOf({ kind, store, timeUs, b, d }: ClusterEvent): StoryLine {
  const label = `${(timeUs / 1000).toFixed(1)} ms`;
  switch (kind) {
    case eventKinds.clientSent:
      return { label, text: `the client sends to store ${d}, attempt ${b + 1}` };
    case eventKinds.pluginStarted:
      return { label, text: `store ${store} runs the plugin` };
    default:
      return { label, text: `store ${store}: the plugin is done` };
  }
}
