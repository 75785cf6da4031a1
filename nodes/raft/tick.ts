/** What happens by itself as time passes. Source: thesis 3.4, 6.2; raft-rs src/raft.rs tick. */
import { assert } from "../../sim/assert.ts";
import { tryCampaign } from "./campaign.ts";
import type { Core } from "./core.ts";
import { broadcastHeartbeat } from "./heartbeat.ts";

/** Lets one tick pass. True if something came of it, but for the time. */
export function tick(core: Core): boolean {
  return core.role === "leader" ? tickLeader(core) : tickOthers(core);
}

/** After how many ticks something happens by itself: at least 1, or Infinity. */
export function ticksUntilDue(core: Core): number {
  const { settings, electionElapsed, heartbeatElapsed } = core;
  if (core.role !== "leader") {
    return core.isPromotable
      ? Math.max(core.electionTimeoutTicks - electionElapsed, 1)
      : Number.POSITIVE_INFINITY;
  }
  const heartbeat = settings.heartbeatTicks - heartbeatElapsed;
  return Math.max(Math.min(heartbeat, settings.electionTicks - electionElapsed), 1);
}

/** Lets `ticks` ticks pass. */
export function advanceTicks(core: Core, ticks: number): void {
  assert(ticks >= 0, "time does not go back");
  let left = ticks;
  while (left > 0) {
    const idle = Math.min(ticksUntilDue(core) - 1, left);
    core.electionElapsed += idle;
    if (core.role === "leader") core.heartbeatElapsed += idle;
    left -= idle;
    if (left === 0) break;
    tick(core);
    left -= 1;
  }
}

function tickOthers(core: Core): boolean {
  core.electionElapsed += 1;
  if (core.electionElapsed < core.electionTimeoutTicks || !core.isPromotable) return false;
  core.electionElapsed = 0;
  return tryCampaign(core, core.settings.preVote ? "pre-vote" : "election");
}

function tickLeader(core: Core): boolean {
  core.heartbeatElapsed += 1;
  core.electionElapsed += 1;
  const { settings } = core;
  const checks = core.electionElapsed >= settings.electionTicks;
  if (checks) {
    core.electionElapsed = 0;
    if (settings.checkQuorum && !core.tracker.checkActive()) core.becomeFollower(core.term, 0);
    core.leadTransferee = 0; // Whom it wanted to lead did not manage in time.
  }
  if (core.role !== "leader" || core.heartbeatElapsed < settings.heartbeatTicks) return checks;
  core.heartbeatElapsed = 0;
  broadcastHeartbeat(core);
  return true;
}
