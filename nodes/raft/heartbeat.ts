/** Heartbeats, which also confirm reads. Source: thesis 3.5 and 6.4. */
import { assert } from "../../sim/assert.ts";
import type { Core } from "./core.ts";
import { messageTypes, noEntries, RaftMessage } from "./message.ts";
import type { Progress } from "./progress.ts";

/** Tells all members that this leader leads, and asks them to confirm the reads that wait. */
export function broadcastHeartbeat(core: Core): void {
  assert(core.role === "leader", "only a leader beats");
  const round = core.reads.roundToConfirm;
  const { members } = core.tracker;
  for (let i = 0; i < members.length; i += 1) {
    if (members[i]!.id !== core.id) sendHeartbeat(core, members[i]!, round);
  }
}

function sendHeartbeat(core: Core, progress: Progress, round: number): void {
  const { id, term, log } = core;
  // A member may hold a tail that was never compared with ours: it may only commit what matches.
  const commit = Math.min(progress.match, log.commit);
  assert(commit <= progress.match, "no member commits what is not known to match");
  const { heartbeat } = messageTypes;
  core.send(
    new RaftMessage(
      heartbeat,
      progress.id,
      id,
      term,
      0,
      0,
      commit,
      false,
      0,
      noEntries,
      null,
      round,
    ),
  );
  progress.sentCommit = commit;
}
