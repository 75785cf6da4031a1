/** What a peer is made of: its settings, what its disk remembered, and who makes snapshots. */
import type { Conf } from "./conf-change.ts";
import type { Entry } from "./entry.ts";
import type { Snapshot } from "./message.ts";

/** What must survive a crash besides the entries. Source: thesis figure 3.1. */
export type HardState = {
  readonly term: number;
  /** Who got this peer's vote in `term`, 0 for nobody. */
  readonly vote: number;
  /** A commit index that was reached; may lag behind. */
  readonly commit: number;
};

/** What the disk gave back at boot. A new peer starts with zeros and its first members. */
export type RecoveredState = {
  readonly hardState: HardState;
  /** The entries after `truncatedIndex`, without a gap. */
  readonly entries: readonly Entry[];
  /** The last entry that a compaction or a snapshot removed, 0 when none was. */
  readonly truncatedIndex: number;
  readonly truncatedTerm: number;
  /** The members as of `applied`. */
  readonly conf: Conf;
  /** The last entry whose effect the state machine holds, at least `truncatedIndex`. */
  readonly applied: number;
};

/** The store's side of sending a snapshot. */
export interface SnapshotSource {
  /**
   * The state machine's state for peer `to`, at an index that is applied and not below the first
   * entry still in the log; or null when none is ready yet: the core asks again at the next answer
   * of that peer. Source: raft-rs Storage::snapshot and SnapshotTemporarilyUnavailable.
   */
  snapshotFor(to: number): Snapshot | null;
}

/** The settings of a peer. Ticks are the driver's unit of time. Source: raft-rs src/config.rs. */
export type RaftSettings = {
  /** Ticks without a leader before a campaign, before the draw; above `heartbeatTicks`. */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** Asks whether a campaign could succeed before raising the term (thesis 9.6). */
  readonly preVote: boolean;
  /** A leader that hears no quorum in an election timeout steps down (thesis 6.2). */
  readonly checkQuorum: boolean;
  /** Append messages in flight to one follower, at least 1. */
  readonly maxInflight: number;
  /** Bytes of entries in one message; a message carries at least one entry. */
  readonly maxSizePerMessage: number;
  /** Bytes of entries in one batch to apply; a batch carries at least one entry. */
  readonly maxCommittedSizePerReady: number;
  /** `lease` answers reads without a round of heartbeats and needs `checkQuorum`. */
  readonly readOnly: "safe" | "lease";
  /**
   * What a leader does with a read before it committed an entry of its term: raft-rs drops it (and
   * TiKV asks again), etcd keeps it until then.
   */
  readonly earlyReads: "drop" | "keep";
  /** Followers learn of a commit with the next append or heartbeat instead of at once. */
  readonly skipBcastCommit: boolean;
  /** A follower hands proposals on to its leader; TiKV refuses them instead. */
  readonly forwardProposals: boolean;
  /** A leader turns a membership change that comes too early into an empty entry. */
  readonly validateConfChanges: boolean;
  /** How far a leader may apply committed entries beyond what its own disk holds; 0 = not. */
  readonly applyUnpersistedMax: number;
};

export type RaftOptions = {
  /** Shared by all peers of a store. */
  readonly settings: RaftSettings;
  /** This peer, positive. */
  readonly id: number;
  /** A draw in [electionTicks, 2 * electionTicks): chance stays with the driver. */
  readonly drawElectionTicks: () => number;
  readonly snapshots: SnapshotSource;
  readonly state: RecoveredState;
};

/**
 * TiKV's settings (components/raftstore/src/store/config.rs and peer.rs); the ticks are those of a
 * one-second base tick. `applyUnpersistedMax` stays 0, where TiKV says 1024: a state machine ahead
 * of its own log needs a recovery that the simulated store does not have.
 */
export const tikvSettings: RaftSettings = {
  electionTicks: 10,
  heartbeatTicks: 2,
  preVote: true,
  checkQuorum: true,
  maxInflight: 256,
  maxSizePerMessage: 1024 * 1024,
  maxCommittedSizePerReady: 16 * 1024 * 1024,
  readOnly: "safe",
  earlyReads: "drop",
  skipBcastCommit: true,
  forwardProposals: false,
  validateConfChanges: true,
  applyUnpersistedMax: 0,
};
