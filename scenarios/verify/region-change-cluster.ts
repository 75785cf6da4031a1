/**
 * A request whose region changes under it, in the simulated cluster: storage calls take so long
 * that a leader transfer or a split ends between two of them, and the client's own policy does the
 * rest.
 */
import { callFailures, eventKinds, roles } from "../../nodes/events.ts";
import type { Breakage, Plan, PlannedFault } from "../plan.ts";
import type { VerifyCase } from "./case.ts";
import type { StoryLine, Subject } from "./check.ts";
import type { ClusterEvent } from "./cluster-events.ts";
import {
  type Confirmation,
  callId,
  callUs,
  confirmingStores,
  outcomeIn,
  planOf,
  runInCluster,
} from "./cluster-run.ts";
import { answerText, clientAnswer } from "./layout-run.ts";
import { type ChangedRun, eventText, type RegionChange, undisturbed } from "./region-change-run.ts";
import { wrongness } from "./region-change-verdict.ts";
import { runAlone } from "./retry-run.ts";

/** Who leads when the request comes, and who leads after a transfer. */
const [leader, successor] = [1, 2];
/** How long each storage call stands before it is carried out: longer than any of the events. */
const callMs = 60;
const times = { leadUs: 1_500_000, scanUs: 8_000_000, breakUs: 9_000_000, healUs: 1_000_000 };

const kinds = [
  eventKinds.clientSent,
  eventKinds.pluginStarted,
  eventKinds.pluginCalled,
  eventKinds.pluginAnswered,
  eventKinds.pluginFinished,
  eventKinds.regionSplit,
  eventKinds.roleChanged,
];

/** Runs a case with its event; null where there is nothing to compare. */
export function runThroughChangeInCluster(subject: Subject, one: VerifyCase): ChangedRun | null {
  const { contract } = subject;
  const { disturbance } = one;
  if (contract === null || disturbance?.kind !== "regionEvent") return null;
  const outcomes = undisturbed(subject, contract, one, disturbance);
  if (outcomes === null) return null;
  const plan = planThrough(planOf(subject, one), disturbance);
  const { result, events } = runInCluster(subject, plan, kinds);
  if (result.stops.length > 0) return null; // The plugin ended a store: C8's matter.
  const { parts, rows } = outcomeIn(result, one.ranges);
  const answer = clientAnswer(contract, parts);
  if (answer.kind === "died") return null;
  const own = events.filter((event) => event.timeUs >= callUs && isOfRequest(event));
  const runs = own.filter(({ kind, store }) => kind === eventKinds.pluginStarted && store > 0);
  return {
    ...outcomes,
    observed: { answer, rows },
    landed: landedIn(own),
    refused: runAlone(subject, one).trace[disturbance.afterCall]?.call ?? null,
    retried: runs.length > 1,
    story: [
      ...own.flatMap((event) => lineOf(event, disturbance) ?? []),
      { label: "client", text: answerText(answer) },
    ],
  };
}

/** What the cluster says of a case of the emulator. */
export function confirmRegionChange(subject: Subject, one: VerifyCase): Confirmation | null {
  if (one.relation !== "emulator") return null;
  const run = runThroughChangeInCluster(subject, one);
  if (run === null || !run.landed) return null;
  const where = `${confirmingStores} stores`;
  return wrongness(run) === null
    ? { agrees: false, text: `the simulated cluster does not show it: ${where}` }
    : { agrees: true, text: `confirmed in the simulated cluster: ${where}` };
}

/** The plan with slow storage calls, a known leader, and the event at a call of the request. */
function planThrough(plan: Plan, change: RegionChange): Plan {
  const breakage: Breakage =
    change.event === "split"
      ? { kind: "split", key: change.key }
      : { kind: "transferLeader", region: 1, to: successor };
  const known: PlannedFault = {
    id: 1,
    trigger: { kind: "at", us: times.leadUs },
    store: 0,
    forUs: 0,
    breakage: { kind: "transferLeader", region: 1, to: leader },
  };
  const event: PlannedFault = {
    id: 2,
    trigger: {
      kind: "moment",
      moment: "plugin-storage-call",
      store: leader,
      occurrence: change.afterCall + 1,
      fromUs: callUs,
    },
    store: 0,
    forUs: 0,
    breakage,
  };
  const actions = `sleep(${callMs})`;
  return {
    ...plan,
    breakUs: times.breakUs,
    healUs: times.healUs,
    faults: [known, event],
    failpoints: ["raftkv_async_snapshot_err", "raftkv_async_write"].map((name) => {
      return { name, actions, store: 0 };
    }),
    operations: plan.operations.map((operation) =>
      operation.id > callId ? { ...operation, atUs: times.scanUs } : operation,
    ),
  };
}

function isOfRequest({ kind, store, a, c }: ClusterEvent): boolean {
  if (kind === eventKinds.regionSplit) return store === leader;
  if (kind === eventKinds.roleChanged) return store === leader && c === roles.follower;
  return a === callId;
}

const isRegionEvent = ({ kind }: ClusterEvent): boolean =>
  kind === eventKinds.regionSplit || kind === eventKinds.roleChanged;

/** True if the event came on the leader between the beginning and the end of a run there. */
function landedIn(events: readonly ClusterEvent[]): boolean {
  let running = 0;
  for (const event of events) {
    if (isRegionEvent(event) && running > 0) return true;
    if (event.store !== leader) continue;
    if (event.kind === eventKinds.pluginStarted) running++;
    else if (event.kind === eventKinds.pluginFinished) running--;
  }
  return false;
}

function lineOf(event: ClusterEvent, change: RegionChange): StoryLine | null {
  const { kind, store, timeUs, b, c, d } = event;
  const label = `${(timeUs / 1000).toFixed(1)} ms`;
  switch (kind) {
    case eventKinds.clientSent:
      return { label, text: `the client asks store ${d} for region ${c}, attempt ${b + 1}` };
    case eventKinds.pluginCalled:
      return { label, text: `store ${store}: storage call ${b}` };
    case eventKinds.pluginAnswered: {
      if (c === callFailures.none) return null;
      return { label, text: `store ${store}: call ${b} is refused: the region has changed` };
    }
    case eventKinds.regionSplit:
    case eventKinds.roleChanged:
      return { label, text: `event: ${eventText(change)}` };
    default:
      return null; // The beginning and the end of a run show by themselves.
  }
}
