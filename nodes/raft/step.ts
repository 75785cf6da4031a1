/** What a message does: first its term, then its type by role. Source: thesis 3.3, figure 3.1. */
import { assert } from "../../sim/assert.ts";
import { handleVoteRequest, isWithheld, refuseOldPreVote } from "./ballot.ts";
import { handleVoteResponse, tryCampaign } from "./campaign.ts";
import type { Core } from "./core.ts";
import { handleAppend, handleHeartbeat, handleSnapshot } from "./follow.ts";
import { messageTypes, type RaftMessage } from "./message.ts";
import { proposeForwarded } from "./propose.ts";
import { readAsLeader, sendReadIndex } from "./reads.ts";
import { handleAppendResponse, handleHeartbeatResponse } from "./replicate.ts";
import { transferLeader } from "./transfer.ts";

/** Takes a message in. */
export function step(core: Core, message: RaftMessage): void {
  assert(message.to === core.id, "a message reaches whom it was sent to");
  const before = core.term;
  if (message.term > core.term) {
    if (!adoptTerm(core, message)) return;
  } else if (message.term < core.term && message.term !== 0) {
    answerOld(core, message);
    return;
  }
  dispatch(core, message);
  assert(core.term >= before, "a term never goes back");
}

/** Adopts a newer term where the message calls for it. False if the message is to be ignored. */
function adoptTerm(core: Core, message: RaftMessage): boolean {
  const { type, term, from } = message;
  switch (type) {
    case messageTypes.requestPreVote:
      return !isWithheld(core, message); // Nobody's term rises for a question.
    case messageTypes.requestVote:
      if (isWithheld(core, message)) return false;
      break;
    case messageTypes.requestPreVoteResponse:
      // Granted at the term we would have; refused at the term of who refused.
      if (!message.reject) return true;
      break;
    case messageTypes.append:
    case messageTypes.heartbeat:
    case messageTypes.snapshot:
      core.becomeFollower(term, from);
      return true;
    default:
      break;
  }
  core.becomeFollower(term, 0);
  return true;
}

/** Answers what comes from an older term where silence would leave the sender stuck. */
function answerOld(core: Core, message: RaftMessage): void {
  const { checkQuorum, preVote } = core.settings;
  const { type, from } = message;
  const isLeaders = type === messageTypes.append || type === messageTypes.heartbeat;
  if (isLeaders && (checkQuorum || preVote)) {
    // Members that withhold votes would never learn of a term that a cut-off peer reached alone;
    // this answer brings it to the old leader, whose step down frees all of them.
    core.sendAcknowledgement(messageTypes.appendResponse, from, 0);
  } else if (type === messageTypes.requestPreVote) {
    refuseOldPreVote(core, message);
  }
}

function dispatch(core: Core, message: RaftMessage): void {
  switch (message.type) {
    case messageTypes.append:
    case messageTypes.heartbeat:
    case messageTypes.snapshot:
      followAndHandle(core, message);
      return;
    case messageTypes.requestVote:
    case messageTypes.requestPreVote:
      handleVoteRequest(core, message);
      return;
    case messageTypes.requestVoteResponse:
    case messageTypes.requestPreVoteResponse:
      handleVoteResponse(core, message);
      return;
    case messageTypes.appendResponse:
      if (core.role === "leader") handleAppendResponse(core, message);
      return;
    case messageTypes.heartbeatResponse:
      if (core.role === "leader") handleHeartbeatResponse(core, message);
      return;
    case messageTypes.timeoutNow:
      // The leader knows this peer's log is complete: no question first (thesis 3.10).
      if (core.role === "follower") tryCampaign(core, "transfer");
      return;
    default:
      handOn(core, message);
  }
}

function followAndHandle(core: Core, message: RaftMessage): void {
  assert(core.role !== "leader", "a term has one leader");
  if (core.role !== "follower") core.becomeFollower(message.term, message.from);
  core.electionElapsed = 0;
  core.lead = message.from;
  if (message.type === messageTypes.append) handleAppend(core, message);
  else if (message.type === messageTypes.heartbeat) handleHeartbeat(core, message);
  else handleSnapshot(core, message);
}

/** What members ask of their leader, and its answers. */
function handOn(core: Core, message: RaftMessage): void {
  switch (message.type) {
    case messageTypes.propose:
      proposeForwarded(core, message);
      return;
    case messageTypes.readIndex:
      handOnRead(core, message);
      return;
    case messageTypes.readIndexResponse:
      if (core.role !== "leader") {
        core.readStates.push({ context: message.context, index: message.index });
      }
      return;
    case messageTypes.transferLeader:
      assert(typeof message.context === "number", "a transfer names a member");
      if (core.role === "leader") transferLeader(core, message.context);
      return;
    default:
      assert(false, "every type of message is handled");
  }
}

function handOnRead(core: Core, message: RaftMessage): void {
  const { from, context } = message;
  if (core.role === "leader") readAsLeader(core, from, context);
  // The asker's leader is not ours: ours may answer it, but nobody sends it in circles.
  else if (core.lead !== 0 && core.lead !== from) sendReadIndex(core, from, context);
}
