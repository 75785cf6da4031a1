/** Handing leadership over. Source: thesis 3.10; raft-rs src/raft.rs handle_transfer_leader. */
import { assert } from "../../sim/assert.ts";
import type { Core } from "./core.ts";
import { messageTypes, noContext } from "./message.ts";
import { sendAppend } from "./replicate.ts";

/** Starts to hand leadership to `to`; a follower asks its leader to. False if it cannot be. */
export function transferLeader(core: Core, to: number): boolean {
  if (core.role === "leader") return transferAsLeader(core, to);
  if (core.role !== "follower" || core.lead === 0) return false;
  core.sendPlain(messageTypes.transferLeader, core.lead, 0, to);
  return true;
}

/** Starts to hand leadership to `to`. False if nothing changes. */
export function transferAsLeader(core: Core, to: number): boolean {
  assert(core.role === "leader", "only a leader hands over");
  const progress = core.tracker.get(to);
  if (progress === undefined || core.tracker.conf.learners.includes(to)) return false;
  if (core.leadTransferee === to) return false;
  core.leadTransferee = 0; // A new wish ends the last one, even a wish that leads nowhere.
  if (to === core.id) return false;
  // It has one election timeout to succeed; then this leader goes on.
  core.electionElapsed = 0;
  core.leadTransferee = to;
  if (progress.match === core.log.lastIndex) {
    core.sendPlain(messageTypes.timeoutNow, to, 0, noContext);
  } else {
    sendAppend(core, progress, true);
  }
  return true;
}
