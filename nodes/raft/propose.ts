/** Proposals: what clients and the store want in the log. Source: thesis 3.5, 4.1 and 4.3. */
import { assert } from "../../sim/assert.ts";
import { isJoint } from "./conf-change.ts";
import type { Core } from "./core.ts";
import { type ConfChange, Entry, type EntryData, type EntryKind, entryKinds } from "./entry.ts";
import { messageTypes, noContext, RaftMessage } from "./message.ts";
import { appendOwn, broadcastAppend } from "./replicate.ts";

/** Why a membership change was turned into an empty entry. */
export type ProposalRefusal = "earlier-change-unapplied" | "leave-joint-first" | "not-joint";

/** Where a proposal went. It may still be lost: it is committed when this entry is. */
export type Proposed = {
  /** Its index, 0 if it was handed on to the leader. */
  readonly index: number;
  /** Its term, 0 if it was handed on to the leader. */
  readonly term: number;
  /** Not null: the entry is an empty one instead. */
  readonly refusal: ProposalRefusal | null;
};

/** Appends and sends an entry. Null if it is dropped: no leader, handing over, or no member. */
export function propose(
  core: Core,
  kind: EntryKind,
  data: EntryData | null,
  change: ConfChange | null,
): Proposed | null {
  assert(kind !== entryKinds.empty, "empty entries are the core's own");
  if (core.role !== "leader") return forward(core, kind, data, change);
  if (core.tracker.self === null || core.leadTransferee !== 0) return null;
  const refusal = change === null ? null : checkConfChange(core, change);
  const entry =
    refusal === null
      ? appendOwn(core, kind, data, change)
      : appendOwn(core, entryKinds.empty, null, null);
  if (change !== null && refusal === null) core.pendingConfIndex = entry.index;
  broadcastAppend(core);
  return { index: entry.index, term: entry.term, refusal };
}

/** Proposes what another peer handed on to its leader. */
export function proposeForwarded(core: Core, message: RaftMessage): void {
  if (core.role !== "leader" && core.lead === message.from) return; // It thinks we lead, we it.
  for (const { kind, data, change } of message.entries) propose(core, kind, data, change);
}

/** Leaves an applied joint configuration that leaves by itself (thesis 4.3). */
export function leaveJointIfDue(core: Core): void {
  const { tracker, log } = core;
  if (core.role !== "leader" || !tracker.conf.autoLeave) return;
  if (log.applied < core.pendingConfIndex) return;
  // Dropped during a transfer; then the next applied entry or the next leader tries again.
  propose(core, entryKinds.conf2, null, leaveJointChange);
}

/** The change that leaves a joint configuration. */
export const leaveJointChange: ConfChange = Object.freeze({ transition: "auto", steps: [] });

function checkConfChange(core: Core, change: ConfChange): ProposalRefusal | null {
  if (!core.settings.validateConfChanges) return null;
  const { tracker, log } = core;
  if (core.pendingConfIndex > log.applied) return "earlier-change-unapplied";
  const leaves = change.steps.length === 0;
  if (isJoint(tracker.conf)) return leaves ? null : "leave-joint-first";
  return leaves ? "not-joint" : null;
}

function forward(
  core: Core,
  kind: EntryKind,
  data: EntryData | null,
  change: ConfChange | null,
): Proposed | null {
  const { id, lead, settings } = core;
  if (core.role !== "follower" || lead === 0 || !settings.forwardProposals) return null;
  // The leader gives it its place: this entry is only an envelope.
  const entries = [new Entry(0, 1, kind, data, change)];
  const type = messageTypes.propose;
  core.send(new RaftMessage(type, lead, id, 0, 0, 0, 0, false, 0, entries, null, noContext));
  return { index: 0, term: 0, refusal: null };
}
