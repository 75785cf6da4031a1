/**
 * The members of a group, and what a membership change makes of them: pure functions on records.
 * Source: thesis 4.1 (one at a time) and 4.3 (joint consensus); the rules for learners on their way
 * out of a joint configuration are those of etcd-io/raft confchange and raft-rs src/confchange.
 */
import { assert, unreachable } from "../../sim/assert.ts";
import type { ConfChange, ConfChangeStep } from "./entry.ts";

/** The members. Each list is ascending. Immutable; eraftpb calls it ConfState. */
export type Conf = {
  /** Who votes; in a joint configuration the incoming half. Never empty once there are members. */
  readonly voters: readonly number[];
  /** The outgoing half of a joint configuration, else empty. */
  readonly votersOutgoing: readonly number[];
  /** Who only receives the log. */
  readonly learners: readonly number[];
  /** Outgoing voters that become learners when the joint configuration is left. */
  readonly learnersNext: readonly number[];
  /** The leader proposes to leave by itself once the joint configuration is applied. */
  readonly autoLeave: boolean;
};

/** Why a change cannot be applied to these members. */
export type ConfRefusal =
  | "already-joint"
  | "not-joint"
  | "simple-while-joint"
  | "no-voters-to-join"
  | "removes-all-voters"
  | "changes-many-voters";

export type ConfResult =
  | { readonly kind: "changed"; readonly conf: Conf }
  | { readonly kind: "refused"; readonly reason: ConfRefusal };

/** No members at all: a peer that knows nothing yet. */
export const noConf: Conf = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

/** The members `conf` with these voters and learners, outside any joint phase. */
export function confOf(voters: readonly number[], learners: readonly number[] = []): Conf {
  return {
    ...noConf,
    voters: [...voters].sort(ascending),
    learners: [...learners].sort(ascending),
  };
}

/** True while two majorities must agree. */
export function isJoint(conf: Conf): boolean {
  return conf.votersOutgoing.length > 0;
}

/** All members, ascending, each once. */
export function membersOf(conf: Conf): readonly number[] {
  // Mostly all of them are voters, which are in order.
  if (conf.learners.length === 0 && !isJoint(conf) && conf.learnersNext.length === 0) {
    return conf.voters;
  }
  const all = [...conf.voters, ...conf.votersOutgoing, ...conf.learners, ...conf.learnersNext];
  return [...new Set(all)].sort(ascending);
}

/** True where `id` is a member that may vote and lead, in either half. */
export function isVoter(conf: Conf, id: number): boolean {
  return conf.voters.includes(id) || conf.votersOutgoing.includes(id);
}

/** What `change` makes of `conf`: joint, out of joint, or one voter more or less. */
export function changeConf(conf: Conf, change: ConfChange): ConfResult {
  if (change.steps.length === 0 && change.transition === "auto") return leaveJoint(conf);
  if (change.transition !== "auto" || change.steps.length > 1) {
    return enterJoint(conf, change.steps, change.transition !== "explicit");
  }
  return changeSimply(conf, change.steps);
}

/** Changes at most one voter (thesis 4.1: any two majorities of before and after overlap). */
export function changeSimply(conf: Conf, steps: readonly ConfChangeStep[]): ConfResult {
  if (isJoint(conf)) return refused("simple-while-joint");
  const draft = draftOf(conf);
  applySteps(draft, steps);
  if (draft.voters.size === 0) return refused("removes-all-voters");
  if (symmetricDifference(conf.voters, draft.voters) > 1) return refused("changes-many-voters");
  return changed(draft, false);
}

/** Goes joint: from now on the majorities of `conf.voters` and of the result must both agree. */
export function enterJoint(
  conf: Conf,
  steps: readonly ConfChangeStep[],
  autoLeave: boolean,
): ConfResult {
  if (isJoint(conf)) return refused("already-joint");
  if (conf.voters.length === 0) return refused("no-voters-to-join");
  const draft = draftOf(conf);
  for (const id of conf.voters) draft.votersOutgoing.add(id);
  applySteps(draft, steps);
  if (draft.voters.size === 0) return refused("removes-all-voters");
  return changed(draft, autoLeave);
}

/** Leaves the joint phase: the incoming half alone decides. */
export function leaveJoint(conf: Conf): ConfResult {
  if (!isJoint(conf)) return refused("not-joint");
  const draft = draftOf(conf);
  for (const id of draft.learnersNext) draft.learners.add(id);
  draft.learnersNext.clear();
  draft.votersOutgoing.clear();
  return changed(draft, false);
}

type Draft = {
  readonly voters: Set<number>;
  readonly votersOutgoing: Set<number>;
  readonly learners: Set<number>;
  readonly learnersNext: Set<number>;
};

function draftOf(conf: Conf): Draft {
  return {
    voters: new Set(conf.voters),
    votersOutgoing: new Set(conf.votersOutgoing),
    learners: new Set(conf.learners),
    learnersNext: new Set(conf.learnersNext),
  };
}

function applySteps(draft: Draft, steps: readonly ConfChangeStep[]): void {
  for (const { type, node } of steps) {
    if (node === 0) continue; // A replicated change that the store refused when applying it.
    assert(node > 0, "a member's id is positive");
    if (type === "update" || (type === "add-learner" && draft.learners.has(node))) continue;
    draft.voters.delete(node);
    draft.learners.delete(node);
    draft.learnersNext.delete(node);
    switch (type) {
      case "add":
        draft.voters.add(node);
        break;
      case "add-learner":
        // Still a voter of the outgoing half: it may not stop voting before that half is gone.
        (draft.votersOutgoing.has(node) ? draft.learnersNext : draft.learners).add(node);
        break;
      case "remove":
        break;
      default:
        unreachable(type);
    }
  }
}

function changed(draft: Draft, autoLeave: boolean): ConfResult {
  const conf: Conf = {
    voters: [...draft.voters].sort(ascending),
    votersOutgoing: [...draft.votersOutgoing].sort(ascending),
    learners: [...draft.learners].sort(ascending),
    learnersNext: [...draft.learnersNext].sort(ascending),
    autoLeave,
  };
  assertConf(conf);
  return { kind: "changed", conf };
}

/** Stops the run when `conf` breaks a rule that every change keeps. */
export function assertConf(conf: Conf): void {
  for (const id of conf.learners) assert(!isVoter(conf, id), "no voter is a learner");
  for (const id of conf.learnersNext) {
    assert(conf.votersOutgoing.includes(id), "who becomes a learner is an outgoing voter");
  }
  assert(isJoint(conf) || conf.learnersNext.length === 0, "only a joint conf has learners to come");
  assert(isJoint(conf) || !conf.autoLeave, "only a joint conf is left");
}

const refused = (reason: ConfRefusal): ConfResult => ({ kind: "refused", reason });
const ascending = (a: number, b: number): number => a - b;

function symmetricDifference(before: readonly number[], after: ReadonlySet<number>): number {
  const gone = before.filter((id) => !after.has(id)).length;
  return gone + after.size - (before.length - gone);
}
