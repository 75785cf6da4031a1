/** The follower's half of replication. Source: thesis figure 3.1, AppendEntries, and 5.3. */
import { assert } from "../../sim/assert.ts";
import type { Core } from "./core.ts";
import { messageTypes, noContext, noEntries, RaftMessage, type Snapshot } from "./message.ts";

/** Handles an append of this term's leader. */
export function handleAppend(core: Core, message: RaftMessage): void {
  assert(core.role === "follower" && core.lead === message.from, "only a follower is appended to");
  const { log } = core;
  const { appendResponse } = messageTypes;
  if (message.index < log.commit) {
    // Old, or sent before the leader knew: what is committed here agrees with it anyway.
    core.sendAcknowledgement(appendResponse, message.from, log.commit);
    return;
  }
  const agreed = log.tryAppend(message.index, message.logTerm, message.entries);
  if (agreed < 0) {
    refuse(core, message);
    return;
  }
  // Not beyond what was compared: this log may go on with entries that the leader never had.
  log.commitTo(Math.min(message.commit, agreed));
  core.sendAcknowledgement(appendResponse, message.from, agreed);
}

function refuse(core: Core, message: RaftMessage): void {
  const { id, log, term } = core;
  const from = Math.min(message.index, log.lastIndex);
  const hint = log.lastIndexWithTermAtMost(from, message.logTerm);
  const hintTerm = Math.max(log.termAt(hint), 0);
  assert(hint <= message.index, "a hint points back");
  core.send(
    new RaftMessage(
      messageTypes.appendResponse,
      message.from,
      id,
      term,
      hintTerm,
      message.index,
      0,
      true,
      hint,
      noEntries,
      null,
      noContext,
    ),
  );
}

/** Handles a heartbeat of this term's leader. */
export function handleHeartbeat(core: Core, message: RaftMessage): void {
  assert(core.role === "follower" && core.lead === message.from, "only a follower is beaten");
  core.log.commitTo(message.commit);
  core.sendPlain(messageTypes.heartbeatResponse, message.from, 0, message.context);
}

/** Handles a snapshot of this term's leader. */
export function handleSnapshot(core: Core, message: RaftMessage): void {
  const { log } = core;
  const { snapshot } = message;
  assert(snapshot !== null, "a snapshot message carries one");
  const index = restore(core, snapshot) ? log.lastIndex : log.commit;
  core.sendAcknowledgement(messageTypes.appendResponse, message.from, index);
}

/** Replaces log and members by the snapshot. False if there was nothing to gain from it. */
function restore(core: Core, snapshot: Snapshot): boolean {
  const { log, tracker } = core;
  if (snapshot.index <= log.commit) return false;
  const { voters, votersOutgoing, learners } = snapshot.conf;
  // A peer that is no member of that state must not take it: it could not even vote.
  if (![voters, votersOutgoing, learners].some((ids) => ids.includes(core.id))) return false;
  if (log.termAt(snapshot.index) === snapshot.term) {
    log.commitTo(snapshot.index); // The log holds all of it already.
    return false;
  }
  log.restore(snapshot);
  tracker.restore(snapshot.conf, log.lastIndex);
  assert(log.lastIndex === snapshot.index, "a snapshot replaces the whole log");
  return true;
}
