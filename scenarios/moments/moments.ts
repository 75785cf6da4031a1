/**
 * Moments: the points in a store's life at which a fault hurts most. A moment is an event, and
 * whether the fault comes "inside" (the handler that reports goes no further if its store crashes:
 * what it has sent leaves, what it was about to do never happens) or "after" (the handler ends
 * first: its answers are on their way, its writes are not yet durable).
 */
import { eventKinds, roles } from "../../nodes/events.ts";
import { kernelEvents } from "../../sim/index.ts";

export type Moment = {
  /** When it is, as a clause: "right after a write was acknowledged". */
  readonly sentence: string;
  /** The event's kind, as `eventKinds` or `kernelEvents` number it. */
  readonly kind: number;
  readonly place: "inside" | "after";
  /** About how often it comes in a run of 15 seconds: occurrences are drawn up to it. */
  readonly typical: number;
  /** Which events of the kind count; all where it is missing. */
  readonly when?: (a: number, b: number, c: number, d: number) => boolean;
};

const becomes =
  (role: number) =>
  (_region: number, _peer: number, c: number): boolean =>
    c === role;
/** Storage calls from put on write (the ABI's numbers). */
const isWriteCall = (_request: number, _call: number, operation: number): boolean => operation >= 4;

/** The names that plans use. */
export const momentNames = [
  "write-ack-about-to-leave",
  "write-acknowledged",
  "vote-about-to-leave",
  "vote-granted",
  "candidacy",
  "leader-elected",
  "leader-transfer",
  "entry-appended",
  "log-persisted",
  "log-persisted-told",
  "commit-advanced",
  "entry-applied",
  "snapshot-sent",
  "snapshot-installed",
  "snapshot-installed-told",
  "log-compaction",
  "log-compacted",
  "split-written",
  "region-split",
  "region-split-told",
  "recovery",
  "region-recovered",
  "store-ready",
  "lease-read",
  "quorum-read",
  "request-refused",
  "plugin-started",
  "plugin-storage-call",
  "plugin-write-call",
  "plugin-between-calls",
  "plugin-response-about-to-leave",
  "plugin-responded",
  "directory-changed",
  "plugin-opened",
  "plugin-loaded",
] as const;
export type MomentName = (typeof momentNames)[number];

/** Every moment. */
export const moments: Readonly<Record<MomentName, Moment>> = {
  "write-ack-about-to-leave": {
    sentence: "between the apply of a write and its acknowledgement",
    kind: eventKinds.writeAcknowledged,
    place: "inside",
    typical: 150,
  },
  "write-acknowledged": {
    sentence: "right after a write was acknowledged",
    kind: eventKinds.writeAcknowledged,
    place: "after",
    typical: 150,
  },
  "vote-about-to-leave": {
    sentence: "when a vote was granted and has not left",
    kind: eventKinds.voted,
    place: "inside",
    typical: 8,
  },
  "vote-granted": {
    sentence: "right after a granted vote left",
    kind: eventKinds.voted,
    place: "after",
    typical: 8,
  },
  candidacy: {
    sentence: "when a peer became a candidate",
    kind: eventKinds.roleChanged,
    place: "after",
    typical: 8,
    when: becomes(roles.candidate),
  },
  "leader-elected": {
    sentence: "when a peer became the leader",
    kind: eventKinds.roleChanged,
    place: "after",
    typical: 6,
    when: becomes(roles.leader),
  },
  "leader-transfer": {
    sentence: "right after a leader began to hand over its leadership",
    kind: eventKinds.leaderTransferStarted,
    place: "after",
    typical: 2,
  },
  "entry-appended": {
    sentence: "when an entry was written and is not durable",
    kind: eventKinds.entryAppended,
    place: "after",
    typical: 400,
  },
  "log-persisted": {
    sentence: "between the log's becoming durable and the reply that says so",
    kind: eventKinds.logPersisted,
    place: "inside",
    typical: 400,
  },
  "log-persisted-told": {
    sentence: "right after a peer replied that its log is durable",
    kind: eventKinds.logPersisted,
    place: "after",
    typical: 400,
  },
  "commit-advanced": {
    sentence: "between commit and apply",
    kind: eventKinds.commitAdvanced,
    place: "inside",
    typical: 400,
  },
  "entry-applied": {
    sentence: "when an entry was applied and the applied state is not durable",
    kind: eventKinds.entryApplied,
    place: "after",
    typical: 400,
  },
  "snapshot-sent": {
    sentence: "when a snapshot is on its way",
    kind: eventKinds.snapshotSent,
    place: "after",
    typical: 2,
  },
  "snapshot-installed": {
    sentence: "in the middle of installing a snapshot",
    kind: eventKinds.snapshotInstalled,
    place: "inside",
    typical: 2,
  },
  "snapshot-installed-told": {
    sentence: "right after a snapshot was installed",
    kind: eventKinds.snapshotInstalled,
    place: "after",
    typical: 2,
  },
  "log-compaction": {
    sentence: "when a log is being compacted and the disk does not know it",
    kind: eventKinds.logCompacted,
    place: "inside",
    typical: 12,
  },
  "log-compacted": {
    sentence: "right after a log was compacted",
    kind: eventKinds.logCompacted,
    place: "after",
    typical: 12,
  },
  "split-written": {
    sentence: "when a split was written and is not durable",
    kind: eventKinds.splitWritten,
    place: "after",
    typical: 6,
  },
  "region-split": {
    sentence: "between the end of a split and the birth of its new region's peer",
    kind: eventKinds.regionSplit,
    place: "inside",
    typical: 6,
  },
  "region-split-told": {
    sentence: "right after a store carried out a split",
    kind: eventKinds.regionSplit,
    place: "after",
    typical: 6,
  },
  recovery: {
    sentence: "in the middle of recovery",
    kind: kernelEvents.boot.kind,
    place: "after",
    typical: 4,
    when: (incarnation) => incarnation > 0,
  },
  "region-recovered": {
    sentence: "when a region was recovered and the store does not serve yet",
    kind: eventKinds.regionRecovered,
    place: "inside",
    typical: 12,
  },
  "store-ready": {
    sentence: "when a store begins to serve",
    kind: eventKinds.storeReady,
    place: "after",
    typical: 6,
  },
  "lease-read": {
    sentence: "right after a read was served by lease",
    kind: eventKinds.readServed,
    place: "after",
    typical: 200,
    when: (_region, _operation, path) => path === 0,
  },
  "quorum-read": {
    sentence: "right after a read was served by ReadIndex",
    kind: eventKinds.readServed,
    place: "after",
    typical: 30,
    when: (_region, _operation, path) => path === 1,
  },
  "request-refused": {
    sentence: "right after a request was refused by a region error",
    kind: eventKinds.requestRefused,
    place: "after",
    typical: 30,
  },
  "plugin-started": {
    sentence: "when a plugin has taken up a request",
    kind: eventKinds.pluginStarted,
    place: "after",
    typical: 60,
  },
  "plugin-storage-call": {
    sentence: "while a plugin waits for its storage call",
    kind: eventKinds.pluginCalled,
    place: "after",
    typical: 80,
  },
  "plugin-write-call": {
    sentence: "while a plugin's write is on its way",
    kind: eventKinds.pluginCalled,
    place: "after",
    typical: 30,
    when: isWriteCall,
  },
  "plugin-between-calls": {
    sentence: "between two storage calls of a plugin",
    kind: eventKinds.pluginAnswered,
    place: "inside",
    typical: 80,
  },
  "plugin-response-about-to-leave": {
    sentence: "when a plugin is done and its response has not left",
    kind: eventKinds.pluginFinished,
    place: "inside",
    typical: 60,
  },
  "plugin-responded": {
    sentence: "right after a plugin's response left",
    kind: eventKinds.pluginFinished,
    place: "after",
    typical: 60,
  },
  "directory-changed": {
    sentence: "between two file operations on a plugin directory",
    kind: eventKinds.directoryChanged,
    place: "after",
    typical: 8,
  },
  "plugin-opened": {
    sentence: "in the middle of a reload: a plugin passed its checks and does not serve yet",
    kind: eventKinds.pluginOpened,
    place: "inside",
    typical: 3,
  },
  "plugin-loaded": {
    sentence: "right after a plugin was loaded",
    kind: eventKinds.pluginLoaded,
    place: "after",
    typical: 4,
  },
};

const byName: ReadonlyMap<string, Moment> = new Map(Object.entries(moments));

/** The moment of a name, or null. */
export function momentOf(name: string): Moment | null {
  return byName.get(name) ?? null;
}
