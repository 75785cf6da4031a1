/** Membership changes as they are applied. Source: thesis 4.1-4.3; raft-rs src/raft.rs. */
import { assert } from "../../sim/assert.ts";
import { type Conf, changeConf, isVoter } from "./conf-change.ts";
import type { Core } from "./core.ts";
import type { ConfChange } from "./entry.ts";
import { answerConfirmedReads } from "./reads.ts";
import { broadcastAppend, broadcastMissing, tryCommit } from "./replicate.ts";

/** Makes a committed change effective, at the moment its entry is applied. */
export function applyConfChange(core: Core, change: ConfChange): Conf {
  const result = changeConf(core.tracker.conf, change);
  assert(result.kind === "changed", "a committed membership change fits the members");
  core.tracker.switchTo(result.conf, core.log.lastIndex);
  if (core.role === "leader") leadNewMembers(core);
  return result.conf;
}

function leadNewMembers(core: Core): void {
  const { tracker } = core;
  assert(core.lead === core.id, "a leader knows that it leads");
  // A leader that removed itself goes on leading, without a vote of its own, until the others
  // elect (thesis 4.2.2); it must commit its removal first.
  if (tracker.self === null || tracker.isLearner) return;
  // Fewer voters may need fewer acknowledgements than have come already.
  if (tryCommit(core)) broadcastAppend(core);
  else broadcastMissing(core);
  answerConfirmedReads(core);
  if (core.leadTransferee !== 0 && !isVoter(tracker.conf, core.leadTransferee)) {
    core.leadTransferee = 0;
  }
}
