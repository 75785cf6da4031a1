/**
 * The recorded scripts, membership sequences and quorum vectors (sim/testing/oracles.ts) against
 * this core. Nothing to add here: cases of our own are golden scripts (raft.test.ts). A script that
 * this core cannot follow is listed in `exceptions` with one of the reasons that are allowed.
 */
import { expect, test } from "vitest";
import { hasOracles, oracleTest, readOracle } from "../../sim/testing/oracles.ts";
import {
  type Conf,
  type ConfRefusal,
  changeSimply,
  confOf,
  enterJoint,
  leaveJoint,
  noConf,
} from "./conf-change.ts";
import type { ConfChangeStep } from "./entry.ts";
import { jointMatch, jointVote } from "./quorum.ts";
import { type Script, ScriptRunner } from "./testing/script.ts";
import { Tracker } from "./tracker.ts";

/** Scripts that are not followed, and why. */
const exceptions: Readonly<Record<string, string>> = {
  dd_confchange_v1_remove_leader_stepdown: "etcd only: step-down-on-removal",
  dd_confchange_v2_replace_leader_stepdown: "etcd only: step-down-on-removal",
  dd_forget_leader: "etcd only: forget-leader",
  dd_forget_leader_prevote_checkquorum: "etcd only: forget-leader",
  dd_forget_leader_read_only_lease_based: "etcd only: forget-leader",
};

const files = ["raft/scenarios.json", "raft/scenarios_datadriven.json"] as const;
const scripts = hasOracles ? files.flatMap((file) => readOracle<readonly Script[]>(file)) : [];

test("every exception is a script", () => {
  const names = new Set(scripts.map(({ name }) => name));
  const unknown = Object.keys(exceptions).filter((name) => !names.has(name));
  if (hasOracles) expect(unknown).toEqual([]);
});

for (const clock of ["tick by tick", "ticks at once"] as const) {
  oracleTest(`recorded scripts, ${clock}`, () => {
    const failures: string[] = [];
    let count = 0;
    for (const script of scripts) {
      if (exceptions[script.name] !== undefined) continue;
      try {
        new ScriptRunner({ ticksAtOnce: clock === "ticks at once" }).run(script);
        count += 1;
      } catch (error) {
        failures.push(`${script.name}: ${error instanceof Error ? error.message : error}`);
      }
    }
    process.stdout.write(`raft oracles: ${count} of ${scripts.length} scripts (${clock})\n`);
    expect(failures.join("\n")).toBe("");
    expect(count + Object.keys(exceptions).length).toBe(156);
  });
}

type Vector = {
  readonly kind: "committed" | "vote" | "group_committed";
  readonly voters: readonly number[];
  readonly voters_outgoing?: readonly number[];
  readonly ids?: readonly number[];
  readonly acked?: readonly (number | null)[];
  readonly votes?: readonly (boolean | null)[];
  readonly expect: number | string | null;
};

oracleTest("recorded quorum vectors", () => {
  let count = 0;
  for (const vector of readOracle<readonly Vector[]>("raft/quorum_vectors.json")) {
    // Commits by group of replicas are an extension that TiKV does not switch on here.
    if (vector.kind === "group_committed") continue;
    expect(answerOf(vector), JSON.stringify(vector)).toBe(vector.expect);
    count += 1;
  }
  process.stdout.write(`raft oracles: ${count} quorum vectors, 14 of groups left out\n`);
  expect(count).toBe(127);
});

function answerOf(vector: Vector): number | string | null {
  const { kind, ids = [], voters, voters_outgoing = [], acked = [], votes = [] } = vector;
  if (kind === "vote") {
    const known = new Map<number, boolean>();
    for (const [at, id] of ids.entries()) {
      const vote = votes[at];
      if (typeof vote === "boolean") known.set(id, vote);
    }
    return jointVote(voters, voters_outgoing, known);
  }
  const ackedBy = (id: number) => ({ match: acked[ids.indexOf(id)] ?? 0 });
  const match = jointMatch(voters.map(ackedBy), voters_outgoing.map(ackedBy));
  return match === Number.POSITIVE_INFINITY ? null : match;
}

type SequenceStep = {
  readonly op: "simple" | "enter-joint" | "leave-joint";
  readonly changes: readonly ConfChangeStep[];
  readonly auto_leave?: boolean;
  readonly expect_error?: string;
  readonly expect?: {
    readonly voters: readonly number[];
    readonly voters_outgoing: readonly number[];
    readonly learners: readonly number[];
    readonly learners_next: readonly number[];
    readonly auto_leave: boolean;
    readonly progress: Readonly<Record<string, { readonly learner: boolean }>>;
  };
};

const refusalTexts: Readonly<Record<ConfRefusal, string>> = {
  "already-joint": "config is already joint",
  "not-joint": "can't leave a non-joint config",
  "simple-while-joint": "can't apply simple config change in joint config",
  "no-voters-to-join": "can't make a zero-voter config joint",
  "removes-all-voters": "removed all voters",
  "changes-many-voters": "more than one voter changed without entering joint config",
};

oracleTest("recorded membership sequences", () => {
  type Sequence = { readonly name: string; readonly steps: readonly SequenceStep[] };
  let steps = 0;
  const sequences = readOracle<readonly Sequence[]>("raft/confchange_sequences.json");
  for (const { name, steps: all } of sequences) {
    let conf: Conf = noConf;
    const tracker = new Tracker(1, 10, conf, 0);
    for (const step of all) {
      const result =
        step.op === "simple"
          ? changeSimply(conf, step.changes)
          : step.op === "leave-joint"
            ? leaveJoint(conf)
            : enterJoint(conf, step.changes, step.auto_leave ?? false);
      steps += 1;
      if (result.kind === "refused") {
        expect(refusalTexts[result.reason], `${name} step ${steps}`).toBe(step.expect_error);
        continue;
      }
      conf = result.conf;
      tracker.switchTo(conf, 1);
      expect(step.expect_error, `${name} step ${steps}`).toBeUndefined();
      expect(showConf(conf, tracker), `${name} step ${steps}`).toEqual(stripped(step.expect));
    }
  }
  process.stdout.write(`raft oracles: ${sequences.length} sequences, ${steps} steps\n`);
  expect([sequences.length, steps]).toEqual([17, 113]);
});

// `match` and `next` of a member that nobody wrote to are the vectors' own start values.
function showConf(conf: Conf, tracker: Tracker): unknown {
  const progress: Record<string, { learner: boolean }> = {};
  for (const { id } of tracker.members) progress[id] = { learner: conf.learners.includes(id) };
  return {
    voters: conf.voters,
    voters_outgoing: conf.votersOutgoing,
    learners: conf.learners,
    learners_next: conf.learnersNext,
    auto_leave: conf.autoLeave,
    progress,
  };
}

function stripped(expected: SequenceStep["expect"]): unknown {
  if (expected === undefined) return undefined;
  const progress: Record<string, { learner: boolean }> = {};
  for (const [id, { learner }] of Object.entries(expected.progress)) progress[id] = { learner };
  return { ...expected, progress };
}

test("an empty half of a joint configuration binds nobody", () => {
  expect(jointMatch([{ match: 3 }], [])).toBe(3);
  expect(jointVote(confOf([1]).voters, [], new Map([[1, true]]))).toBe("won");
});
