/**
 * The leader's half of replication: appending, sending, counting acknowledgements, committing.
 * Source: thesis 3.5, 3.6 and 10.2.1; raft-rs src/raft.rs; etcd-io/raft raft.go.
 */
import { assert } from "../../sim/assert.ts";
import type { Core } from "./core.ts";
import { type ConfChange, Entry, type EntryData, type EntryKind } from "./entry.ts";
import { unknownTerm } from "./log.ts";
import { messageTypes, noContext, noEntries, RaftMessage, type Snapshot } from "./message.ts";
import type { Progress } from "./progress.ts";
import { answerConfirmedReads, startEarlyReads } from "./reads.ts";

/** Appends an entry of this term to the leader's own log. Nothing is sent yet. */
export function appendOwn(
  core: Core,
  kind: EntryKind,
  data: EntryData | null,
  change: ConfChange | null,
): Entry {
  assert(core.role === "leader", "only a leader appends of its own");
  const entry = new Entry(core.term, core.log.lastIndex + 1, kind, data, change);
  core.log.append(entry);
  return entry;
}

/** Sends every member what it misses, or at least the commit index. */
export function broadcastAppend(core: Core): void {
  const { members } = core.tracker;
  for (let i = 0; i < members.length; i += 1) {
    if (members[i]!.id !== core.id) sendAppend(core, members[i]!, true);
  }
}

/** Sends every member entries that it misses, and nothing to those that miss none. */
export function broadcastMissing(core: Core): void {
  for (const progress of core.tracker.members) {
    if (progress.id !== core.id) sendAppend(core, progress, false);
  }
}

/**
 * Sends one append, or the snapshot that replaces what is gone from the log. Returns whether
 * something was sent. Without `evenIfEmpty` an append without entries is not worth a message.
 */
export function sendAppend(core: Core, progress: Progress, evenIfEmpty: boolean): boolean {
  assert(core.role === "leader" && progress.id !== core.id, "a leader appends to others");
  if (progress.isBlocked) return false;
  const { id, log, term, settings } = core;
  const before = progress.next - 1;
  const beforeTerm = log.termAt(before);
  if (beforeTerm === unknownTerm) return sendSnapshot(core, progress);
  // With a full window an empty append still goes out: if all in flight was lost, its refusal is
  // the only way to learn of it.
  const isFull = progress.state === "replicate" && progress.inflights.isFull;
  const entries = isFull ? noEntries : log.entriesFrom(progress.next, settings.maxSizePerMessage);
  if (entries.length === 0 && !evenIfEmpty) return false;
  const { append } = messageTypes;
  const { commit } = log;
  core.send(
    new RaftMessage(
      append,
      progress.id,
      id,
      term,
      beforeTerm,
      before,
      commit,
      false,
      0,
      entries,
      null,
      noContext,
    ),
  );
  progress.sent(entries.length);
  progress.sentCommit = commit;
  return true;
}

function sendSnapshot(core: Core, progress: Progress): boolean {
  // A snapshot is dear: not for a member that may be gone.
  if (!progress.isActive) return false;
  const snapshot = core.snapshots.snapshotFor(progress.id);
  if (snapshot === null) return false;
  assert(snapshot.index >= core.log.truncatedIndex, "a snapshot joins the log without a gap");
  assert(snapshot.index <= core.log.applied, "a snapshot holds what is applied");
  progress.becomeSnapshot(snapshot.index);
  core.send(snapshotMessage(core, progress.id, snapshot));
  return true;
}

/** A message with `snapshot` to member `to`. */
export function snapshotMessage(core: Core, to: number, snapshot: Snapshot): RaftMessage {
  const { id, term } = core;
  const type = messageTypes.snapshot;
  return new RaftMessage(type, to, id, term, 0, 0, 0, false, 0, noEntries, snapshot, noContext);
}

/** Raises the commit index to what majorities hold, if that is of this term. */
export function tryCommit(core: Core): boolean {
  assert(core.role === "leader", "only a leader decides what is committed");
  const { log, tracker } = core;
  const held = tracker.committed();
  // Thesis 3.6.2, figure 3.7: an entry of an earlier term is not safe by count alone.
  if (held <= log.commit || log.termAt(held) !== core.term) return false;
  log.commitTo(held);
  startEarlyReads(core);
  return true;
}

/** Commits what can be committed and tells the members, unless they shall learn of it later. */
export function commitAndTell(core: Core): boolean {
  if (!tryCommit(core)) return false;
  if (tellsCommits(core)) broadcastAppend(core);
  return true;
}

/** Takes note that the leader's own disk holds more than before. */
export function acknowledgeOwn(core: Core): void {
  const { log, tracker } = core;
  if (core.role !== "leader" || tracker.self === null) return;
  if (tracker.self.acknowledge(log.writes.stable)) commitAndTell(core);
}

/** Handles an answer to an append. */
export function handleAppendResponse(core: Core, message: RaftMessage): void {
  const progress = core.tracker.get(message.from);
  if (progress === undefined) return; // It left the group.
  progress.isActive = true;
  if (message.reject) handleRefusal(core, progress, message);
  else handleAcknowledgement(core, progress, message.index);
}

function handleRefusal(core: Core, progress: Progress, message: RaftMessage): void {
  const { log } = core;
  // The member named the last (index, term) that it can still share with us; we go on from there to
  // the last entry of ours that can share it: each round skips a whole term (thesis 3.5).
  let hint = message.rejectHint;
  if (message.logTerm > 0) hint = log.lastIndexWithTermAtMost(hint, message.logTerm);
  if (!progress.refuse(message.index, hint)) return;
  if (progress.state === "replicate") progress.becomeProbe();
  sendAppend(core, progress, true);
}

function handleAcknowledgement(core: Core, progress: Progress, index: number): void {
  const { log } = core;
  assert(index <= log.lastIndex, "no member holds more of this term than its leader");
  const isNews = progress.acknowledge(index);
  if (!isNews && !(progress.match === index && progress.state === "probe")) return;
  if (progress.state === "probe") progress.becomeReplicate();
  else if (progress.state === "replicate") progress.inflights.freeTo(index);
  else if (progress.match >= log.truncatedIndex) progress.becomeReplicate();
  const hasTold = commitAndTell(core) && tellsCommits(core);
  if (!hasTold && !core.settings.skipBcastCommit && progress.canRaiseCommit(log.commit)) {
    sendAppend(core, progress, true);
  }
  while (sendAppend(core, progress, false)) {
    // One answer may free several places of the window.
  }
  if (progress.id === core.leadTransferee && progress.match === log.lastIndex) {
    core.sendPlain(messageTypes.timeoutNow, progress.id, 0, noContext);
  }
}

/** Handles an answer to a heartbeat. */
export function handleHeartbeatResponse(core: Core, message: RaftMessage): void {
  const progress = core.tracker.get(message.from);
  if (progress === undefined) return;
  progress.isActive = true;
  progress.isPaused = false;
  // It answers, so what it misses was lost, or it was never asked where its log agrees.
  if (progress.match < core.log.lastIndex || progress.state === "probe") {
    sendAppend(core, progress, true);
  }
  const round = message.context;
  if (typeof round !== "number" || round <= progress.reads.match) return;
  assert(round <= core.reads.lastRound, "only rounds of this term are confirmed");
  progress.reads.match = round;
  answerConfirmedReads(core);
}

/** With `skipBcastCommit` only those who wait for a membership change are told at once. */
function tellsCommits(core: Core): boolean {
  return !core.settings.skipBcastCommit || core.pendingConfIndex > core.log.applied;
}
