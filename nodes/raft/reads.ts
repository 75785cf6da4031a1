/** Linearizable reads without a log entry. Source: thesis 6.4 (ReadIndex) and 6.4.1 (lease). */
import { assert } from "../../sim/assert.ts";
import type { Core } from "./core.ts";
import { broadcastHeartbeat } from "./heartbeat.ts";
import { messageTypes, noEntries, RaftMessage } from "./message.ts";
import type { PendingRead } from "./read-queue.ts";

/** Handles a read of this peer. False if it is dropped: no leader is known, or it is too early. */
export function readIndex(core: Core, context: number | string): boolean {
  if (core.role === "leader") return readAsLeader(core, core.id, context);
  if (core.role !== "follower" || core.lead === 0) return false;
  sendReadIndex(core, core.id, context);
  return true;
}

/** Hands the read of `from` to the leader, which answers `from` itself. */
export function sendReadIndex(core: Core, from: number, context: number | string): void {
  assert(core.lead !== 0 && core.lead !== core.id, "a read is handed to another peer");
  const { readIndex } = messageTypes;
  core.send(
    new RaftMessage(readIndex, core.lead, from, 0, 0, 0, 0, false, 0, noEntries, null, context),
  );
}

/** Handles a read that `from` sent to its leader. False if it is dropped. */
export function readAsLeader(core: Core, from: number, context: number | string): boolean {
  assert(core.role === "leader", "only a leader answers reads");
  const { log, settings, reads } = core;
  // Until an entry of its own term is committed, it may not know of all that was committed before;
  // not even a single voter, which after a restart may remember an older commit index.
  if (!core.committedInTerm) {
    if (settings.earlyReads === "keep") reads.keepEarly({ from, context, index: -1 });
    return settings.earlyReads === "keep";
  }
  confirm(core, { from, context, index: log.commit });
  return true;
}

/** Starts the rounds of reads that came before this leader had committed in its term. */
export function startEarlyReads(core: Core): void {
  if (!core.committedInTerm) return;
  for (const read of core.reads.takeEarly()) confirm(core, { ...read, index: core.log.commit });
}

/** Answers the reads that majorities confirmed. */
export function answerConfirmedReads(core: Core): void {
  if (core.reads.roundToConfirm === 0) return;
  for (const read of core.reads.takeConfirmed(core.tracker.confirmedReads())) answer(core, read);
}

function confirm(core: Core, read: PendingRead): void {
  const { self, isSingleton, isVoter } = core.tracker;
  if (core.settings.readOnly === "lease" || (isSingleton && isVoter)) {
    answer(core, read);
    return;
  }
  core.reads.add(read);
  if (self !== null) self.reads.match = core.reads.lastRound;
  broadcastHeartbeat(core);
}

function answer(core: Core, { from, context, index }: PendingRead): void {
  assert(index >= 0 && index <= core.log.commit, "a read sees what was committed when it came");
  if (from === core.id) core.readStates.push({ context, index });
  else core.sendPlain(messageTypes.readIndexResponse, from, index, context);
}
