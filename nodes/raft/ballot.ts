/** Elections, the voter's half. Source: thesis 3.4, 3.6.1, 4.2.3 and 9.6. */
import { assert } from "../../sim/assert.ts";
import type { Core } from "./core.ts";
import { messageTypes, noContext, noEntries, RaftMessage, transferContext } from "./message.ts";

/**
 * True where this peer must not even look at a vote request of a higher term: it heard from a
 * leader a moment ago, so the asker is cut off, or no member any more (thesis 4.2.3). A transfer is
 * the leader's own wish.
 */
export function isWithheld(core: Core, request: RaftMessage): boolean {
  const { checkQuorum, electionTicks } = core.settings;
  if (!checkQuorum || core.lead === 0 || request.context === transferContext) return false;
  return core.electionElapsed < electionTicks;
}

/** Answers a (pre-)vote request of this term, or a pre-vote request of a higher one. */
export function handleVoteRequest(core: Core, request: RaftMessage): void {
  const { log, term, vote, lead } = core;
  const isPreVote = request.type === messageTypes.requestPreVote;
  assert(isPreVote || request.term === term, "votes are given in the peer's own term");
  // Learners vote too: the asker may know that this one was promoted when it does not yet.
  const isFree =
    vote === request.from || (vote === 0 && lead === 0) || (isPreVote && request.term > term);
  if (!isFree || !log.isUpToDate(request.index, request.logTerm)) {
    answer(core, request, term, true);
    return;
  }
  if (!isPreVote) {
    core.electionElapsed = 0;
    if (vote !== request.from) log.writes.hardStateDirty = true;
    core.vote = request.from;
  }
  // The asker of a pre-vote compares with the term it would have, which may not be ours.
  answer(core, request, request.term, false);
}

/** Refuses a pre-vote request of an older term, so that the asker learns of this one. */
export function refuseOldPreVote(core: Core, request: RaftMessage): void {
  assert(request.term < core.term, "only an older request is refused unseen");
  answer(core, request, core.term, true);
}

function answer(core: Core, request: RaftMessage, term: number, reject: boolean): void {
  const isPreVote = request.type === messageTypes.requestPreVote;
  const type = isPreVote ? messageTypes.requestPreVoteResponse : messageTypes.requestVoteResponse;
  const { from } = request;
  core.send(
    new RaftMessage(type, from, core.id, term, 0, 0, 0, reject, 0, noEntries, null, noContext),
  );
}
