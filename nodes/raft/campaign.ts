/** Elections, the candidate's half. Source: thesis 3.4, 9.6 (pre-vote) and 3.10 (transfer). */
import { assert } from "../../sim/assert.ts";
import type { Core } from "./core.ts";
import { entryKinds } from "./entry.ts";
import { messageTypes, noContext, noEntries, RaftMessage, transferContext } from "./message.ts";
import { appendOwn, broadcastAppend } from "./replicate.ts";

/** Why a peer campaigns: its timer, after a pre-vote, or because its leader asked it to. */
export type CampaignKind = "pre-vote" | "election" | "transfer";

/**
 * Campaigns if this peer may. False if not: it leads, is no voter, or does not know its members.
 */
export function tryCampaign(core: Core, kind: CampaignKind): boolean {
  if (core.role === "leader" || !core.isPromotable) return false;
  // With a change committed but not applied it would count the votes of yesterday's members.
  if (core.log.hasUnappliedConfChange()) return false;
  campaign(core, kind);
  return true;
}

function campaign(core: Core, kind: CampaignKind): void {
  const isPreVote = kind === "pre-vote";
  if (isPreVote) core.becomePreCandidate();
  else core.becomeCandidate();
  const { id, log, tracker, term } = core;
  const type = isPreVote ? messageTypes.requestPreVote : messageTypes.requestVote;
  const atTerm = isPreVote ? term + 1 : term;
  const context = kind === "transfer" ? transferContext : noContext;
  const { lastIndex, lastTerm } = log;
  for (const { id: to } of tracker.members) {
    if (to === id || !isVotingMember(core, to)) continue;
    core.send(
      new RaftMessage(
        type,
        to,
        id,
        atTerm,
        lastTerm,
        lastIndex,
        0,
        false,
        0,
        noEntries,
        null,
        context,
      ),
    );
  }
  // A pre-vote binds nobody and needs no disk; the vote for itself counts when it is durable.
  if (isPreVote) countVote(core, id, true);
}

/** Counts the candidate's own vote once it is durable. */
export function countOwnVote(core: Core): void {
  const { stableTerm, stableVote } = core.log.writes;
  if (core.role !== "candidate" || stableTerm !== core.term) return;
  assert(stableVote === core.id, "a candidate's vote is its own");
  countVote(core, core.id, true);
}

/** Handles an answer to this campaign. */
export function handleVoteResponse(core: Core, message: RaftMessage): void {
  const { requestPreVoteResponse, requestVoteResponse } = messageTypes;
  const expected = core.role === "precandidate" ? requestPreVoteResponse : requestVoteResponse;
  if (core.role !== "precandidate" && core.role !== "candidate") return;
  if (message.type === expected) countVote(core, message.from, !message.reject);
}

function countVote(core: Core, from: number, isGranted: boolean): void {
  assert(core.role === "candidate" || core.role === "precandidate", "votes count in a campaign");
  const result = core.tracker.recordVote(from, isGranted);
  if (result === "lost") core.becomeFollower(core.term, 0);
  if (result !== "won") return;
  if (core.role === "precandidate") campaign(core, "election");
  else lead(core);
}

/** Starts to lead, with an empty entry: nothing older commits before an entry of this term. */
function lead(core: Core): void {
  core.becomeLeader();
  appendOwn(core, entryKinds.empty, null, null);
  broadcastAppend(core);
  assert(core.lead === core.id, "a leader knows that it leads");
}

function isVotingMember(core: Core, id: number): boolean {
  const { voters, votersOutgoing } = core.tracker.conf;
  return voters.includes(id) || votersOutgoing.includes(id);
}
