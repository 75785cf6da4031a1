/**
 * The Raft core: one `Raft` is one peer of one group. It is a mutable object without clock, chance,
 * disk, network or promise; its owner, the driver, brings messages and ticks in and carries results
 * out. After Ongaro's thesis, with the behaviour of raft-rs and etcd raft, from which TiKV's
 * differs only in settings (`tikvSettings`). Peer ids, terms and indexes are plain numbers here,
 * because the hot path does arithmetic on them; the brands of `nodes/ids.ts` are numbers and fit as
 * they are.
 *
 * # In
 *
 * `step(message)`, `tick()` or `advanceTicks(n)`, `propose`, `proposeConfChange`, `readIndex`,
 * `campaign`, `transferLeader`, `reportUnreachable`, `reportSnapshot`, `ping`. Each returns at
 * once.
 *
 * # Out: ready and advance, without a Ready object
 *
 * After anything came in, ask `hasReady()`. While it holds, do these, in this order:
 *
 * 1. **Send** `out`: `for (let i = 0; i < raft.out.count; i += 1) send(raft.out.at(i))`, then
 *    `raft.out.clear()`. All of `out` may leave at once: a leader's appends go out before its own
 *    write is durable (thesis 10.2.1), and what must wait for a write is not in `out` yet.
 * 2. **Write** if `needsWrite()`: the hard state {term, vote, commit} if `hardStateDirty` (or
 *    always), the `pendingSnapshot` if not null (it replaces the whole log up to its index), and
 *    the entries `writeFrom .. lastIndex`, which replace everything on disk from `writeFrom` on.
 *    Collect these, then call `handOver()`: it answers with the number of this write and forgets
 *    that they were unwritten. More writes may be handed over while earlier ones are on their way.
 *    On disk, one write is all or nothing: a hard state may commit entries that come with it, and a
 *    peer does not boot from a log that lacks what its hard state says is committed.
 * 3. When the write is durable (synced), call `stableTo(number)`. Writes become durable in order;
 *    one call covers all earlier numbers. The core then counts its own vote or acknowledgement, and
 *    moves what waited for this write (vote answers, append answers, vote requests: everything that
 *    a peer that is no leader says) to `out`: go to 1. A crash before it drops these messages
 *    with the object. A failed sync has no call: the process must stop.
 * 4. **Apply** if `applyEnd` is not below `applyFrom`: read the entries `applyFrom .. applyEnd`,
 *    call `handApply(applyEnd)`, apply them in order, now or later; for each `conf1` or `conf2`
 *    entry call `applyConfChange(entry.change)` (or with null if the store refuses it) in log
 *    order; then `appliedTo(index)`. The applied state need not be durable. After `pendingSnapshot`
 *    was handed over, nothing is applied until the driver has put its data in place and called
 *    `appliedTo(snapshot.index)`.
 * 5. **Answer reads**: each of `readStates` says that a read with this context may be served once
 *    `applied` reached its index; then `readStates.clear()`.
 *
 * Whoever sends a message of type `snapshot` must tell its fate with `reportSnapshot`: until then
 * (or until the member acknowledges it) the core sends that member nothing but heartbeats.
 *
 * A peer that is created empty knows no members and cannot replay changes of them: it must start
 * from a snapshot. So a group's log begins truncated (TiKV: at index 5, term 5, as if there had
 * been entries), which makes every leader send one.
 *
 * # Why writes have numbers
 *
 * A follower's tail can be replaced while it is being written, and later even come back: index 5 of
 * term 2, then of term 3, then of term 2 again. A completed write therefore vouches only for that
 * prefix of what it wrote which was never replaced since: with the number the core knows which.
 *
 * # Time
 *
 * `ticksUntilDue()` says after how many ticks something happens by itself (Infinity: never). Until
 * then a driver may sleep, but it must catch up with `advanceTicks(passed)` before it steps a
 * message: how long a leader has been silent decides whether votes are refused.
 *
 * # Leases
 *
 * The store keeps its own leases, as TiKV does. From here it takes: the time it proposed or asked
 * (own stamp) of an entry that got committed in `term` or of a read that came back in `readStates`
 * (a quorum answered after that time); `committedInTerm`; `leadTransferee` (suspect while not 0);
 * `role` and `term` (a leader that hears no quorum steps down by itself); and, on followers,
 * `ticksSinceLeader`.
 */
export { Batch } from "./batch.ts";
export {
  type Conf,
  type ConfRefusal,
  type ConfResult,
  changeConf,
  confOf,
  isJoint,
  isVoter,
  membersOf,
  noConf,
} from "./conf-change.ts";
export type { ReadState, Role } from "./core.ts";
export {
  type ConfChange,
  type ConfChangeStep,
  Entry,
  type EntryData,
  type EntryKind,
  entryKindNames,
  entryKinds,
  entryOverheadBytes,
  entrySize,
} from "./entry.ts";
export {
  type MessageFields,
  type MessageType,
  messageOf,
  messageTypeNames,
  messageTypes,
  noContext,
  noEntries,
  RaftMessage,
  type Snapshot,
  transferContext,
} from "./message.ts";
export {
  type HardState,
  type RaftOptions,
  type RaftSettings,
  type RecoveredState,
  type SnapshotSource,
  tikvSettings,
} from "./options.ts";
export type { ProgressState } from "./progress.ts";
export { leaveJointChange, type ProposalRefusal, type Proposed } from "./propose.ts";
export { type MemberView, Raft } from "./raft.ts";
