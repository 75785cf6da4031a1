/** The one shape of everything that Raft peers send each other. */
import type { Conf } from "./conf-change.ts";
import type { Entry, EntryData } from "./entry.ts";

/** The kinds of message, with the names of eraftpb without `Msg`. Only what goes over the wire. */
export const messageTypes = {
  append: 0,
  appendResponse: 1,
  heartbeat: 2,
  heartbeatResponse: 3,
  requestVote: 4,
  requestVoteResponse: 5,
  requestPreVote: 6,
  requestPreVoteResponse: 7,
  snapshot: 8,
  timeoutNow: 9,
  transferLeader: 10,
  propose: 11,
  readIndex: 12,
  readIndexResponse: 13,
} as const;

/** One of `messageTypes`. */
export type MessageType = (typeof messageTypes)[keyof typeof messageTypes];

/** The names of the message types, at their number. */
export const messageTypeNames: readonly string[] = Object.keys(messageTypes);

/** A state machine's state at `index`, with the members as of that index. Immutable. */
export type Snapshot = {
  /** The last entry it covers, from 1. */
  readonly index: number;
  /** That entry's term. */
  readonly term: number;
  readonly conf: Conf;
  /** What the store put in; opaque here. */
  readonly data: EntryData | null;
};

/** The `entries` of every message without entries. */
export const noEntries: readonly Entry[] = Object.freeze([]);

/** The `context` of every message without one. */
export const noContext = 0;

/** The `context` of vote requests that a leader asked for: they ignore the lease of a leader. */
export const transferContext = "CampaignTransfer";

/** What `messageOf` takes: the fields that differ from 0, false, none. */
export type MessageFields = Pick<RaftMessage, "type" | "to" | "from"> & Partial<RaftMessage>;

/**
 * A message. Always all fields, in one order, so that every reader stays monomorphic; and never
 * changed once sent, because a network may keep, repeat or share it.
 */
export class RaftMessage {
  readonly type: MessageType;
  readonly to: number;
  readonly from: number;
  /** The sender's term; 0 in what is only handed on (propose, readIndex, transferLeader). */
  readonly term: number;
  /** The term of the entry at `index` (append, votes), or of the entry at the hint (rejections). */
  readonly logTerm: number;
  /** Append: the entry before `entries`. Votes: the last entry. Answers: what is answered. */
  readonly index: number;
  /** The commit index that the receiver may take over, as far as its log is known to match. */
  readonly commit: number;
  readonly reject: boolean;
  /** In a rejected append: the last index at which sender and receiver can still agree. */
  readonly rejectHint: number;
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | null;
  /** Of a read or a transfer; `noContext` otherwise. */
  readonly context: number | string;

  constructor(
    type: MessageType,
    to: number,
    from: number,
    term: number,
    logTerm: number,
    index: number,
    commit: number,
    reject: boolean,
    rejectHint: number,
    entries: readonly Entry[],
    snapshot: Snapshot | null,
    context: number | string,
  ) {
    this.type = type;
    this.to = to;
    this.from = from;
    this.term = term;
    this.logTerm = logTerm;
    this.index = index;
    this.commit = commit;
    this.reject = reject;
    this.rejectHint = rejectHint;
    this.entries = entries;
    this.snapshot = snapshot;
    this.context = context;
  }
}

/** A message from its fields by name, for decoders and tests; the core calls the constructor. */
export function messageOf(fields: MessageFields): RaftMessage {
  return new RaftMessage(
    fields.type,
    fields.to,
    fields.from,
    fields.term ?? 0,
    fields.logTerm ?? 0,
    fields.index ?? 0,
    fields.commit ?? 0,
    fields.reject ?? false,
    fields.rejectHint ?? 0,
    fields.entries ?? noEntries,
    fields.snapshot ?? null,
    fields.context ?? noContext,
  );
}
