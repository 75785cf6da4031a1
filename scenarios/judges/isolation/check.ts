/** The verdict on one history at one isolation level. */
import { assert } from "../../../sim/assert.ts";
import { type CycleFinding, findCycles } from "./classify.ts";
import { describe, type Evidence, explainCycle } from "./explain.ts";
import { buildGraph } from "./graph.ts";
import type { IsolationEvent, Workload } from "./history.ts";
import {
  interpret,
  mixture,
  recogniseWorkload,
  type Transactions,
  workloadOf,
} from "./interpret.ts";
import { type AnomalyName, forbids, type Level, ruledOutBy, ruleOf } from "./levels.ts";
import { type Clash, type DirectFinding, type Reading, showValue } from "./versions.ts";
import { readAppends } from "./versions-append.ts";
import { readRegisters } from "./versions-register.ts";

/** What to judge, and what may be assumed. */
export type IsolationOptions = {
  readonly level: Level;
  /** Recognised from the operations if left out. */
  readonly workload?: Workload;
  /** rw-register: in one transaction, what is read of a key comes before what is written to it. */
  readonly wfrKeys?: boolean;
  /** rw-register: each process sees the versions of one key in their order. */
  readonly sequentialKeys?: boolean;
  /** rw-register: so does real time. Implies nothing about several keys together. */
  readonly linearizableKeys?: boolean;
  /** Asked between the stages of the work; true ends it undecided. */
  readonly deadline?: () => boolean;
};

/** One kind of anomaly with an example. */
export type Anomaly = {
  readonly name: AnomalyName;
  /** How often it was seen; of cycles: in how many groups of entangled transactions. */
  readonly count: number;
  /** The transactions of the example, numbered by their invocations from 0. */
  readonly transactions: readonly number[];
  /** The example: its transactions, then why they cannot be. */
  readonly sentences: readonly string[];
};

/** A verdict. `notes` are remarks that change nothing. */
export type IsolationVerdict =
  | {
      readonly kind: "valid";
      readonly level: Level;
      readonly workload: Workload;
      readonly transactions: number;
      readonly notes: readonly string[];
    }
  | {
      readonly kind: "violation";
      readonly level: Level;
      readonly workload: Workload;
      readonly transactions: number;
      /** At least one. Only what the level forbids. */
      readonly anomalies: readonly Anomaly[];
      /** Every level that these anomalies rule out, the weakest first. */
      readonly ruledOut: readonly Level[];
      readonly notes: readonly string[];
    }
  | {
      readonly kind: "inconclusive";
      readonly level: Level;
      readonly reason: string;
      readonly notes: readonly string[];
    };

/**
 * Judges a history. What is left undecided: a history in which no two transactions have to do with
 * each other, one that writes a value twice (its versions cannot be told apart), and one whose
 * deadline passed. Throws UserError `bad-history` for events that do not pair, or a mixture of
 * workloads.
 */
export function checkIsolation(
  events: readonly IsolationEvent[],
  options: IsolationOptions,
): IsolationVerdict {
  const { level } = options;
  const expired = options.deadline ?? (() => false);
  const undecided = (reason: string, notes: readonly string[] = []): IsolationVerdict => ({
    kind: "inconclusive",
    level,
    reason,
    notes,
  });
  const transactions = interpret(events);
  const workload = workloadOfAll(events, options.workload);
  if (workload === null) return undecided("nothing to judge: no transaction read or wrote a value");
  if (expired()) return undecided(TOO_LATE);
  const { versions, findings, notes, clash } = read(transactions, workload, options);
  if (clash !== null) return undecided(clashReason(clash), notes);
  if (expired()) return undecided(TOO_LATE, notes);
  const { order, cycles } = ruleOf(level);
  const graph = buildGraph(transactions, versions, { workload, order });
  if (expired()) return undecided(TOO_LATE, notes);
  const direct = findings.list().filter(({ name }) => forbids(level, name));
  const cyclic = findCycles(graph, order, cycles, expired);
  const count = transactions.count;
  const evidence = { transactions, versions, workload };
  const anomalies = [
    ...direct.map((one) => tellDirect(evidence, one)),
    ...cyclic.map((one) => tellCycle(evidence, one)),
  ];
  if (anomalies.length > 0) {
    const names = anomalies.map(({ name }) => name);
    assert(
      names.every((name) => forbids(level, name)),
      "what is told is what the level forbids",
    );
    const ruledOut = ruledOutBy(names);
    return { kind: "violation", level, workload, transactions: count, anomalies, ruledOut, notes };
  }
  if (!graph.related) return undecided(UNRELATED, notes);
  return { kind: "valid", level, workload, transactions: count, notes };
}

const TOO_LATE = "the time was up before the history was judged";
const UNRELATED =
  "nothing to judge: no two transactions have to do with each other (use the same keys in more " +
  "transactions, and read what was written)";

function workloadOfAll(
  events: readonly IsolationEvent[],
  wanted: Workload | undefined,
): Workload | null {
  if (wanted === undefined) return recogniseWorkload(events);
  for (const { value, index } of events) {
    for (const op of value ?? []) {
      const own = workloadOf(op);
      if (own !== null && own !== wanted) throw mixture(op, wanted, index);
    }
  }
  return wanted;
}

function read(txns: Transactions, workload: Workload, options: IsolationOptions): Reading {
  if (workload === "list-append") return readAppends(txns);
  return readRegisters(txns, {
    wfrKeys: options.wfrKeys ?? false,
    sequentialKeys: options.sequentialKeys ?? false,
    linearizableKeys: options.linearizableKeys ?? false,
  });
}

function clashReason({ key, value, transactions: [a, b] }: Clash): string {
  const who =
    a === b
      ? `T${a} wrote ${showValue(value)} twice`
      : `T${a} and T${b} both wrote ${showValue(value)}`;
  return `${who} to ${key}: versions can only be told apart if each value is written once`;
}

function tellDirect(evidence: Evidence, finding: DirectFinding): Anomaly {
  const transactions = [...new Set(finding.transactions)];
  const who = transactions.map((txn) => describe(evidence, txn));
  return {
    ...finding,
    transactions,
    sentences: [...who, ...finding.sentences.map((one) => `${one}.`)],
  };
}

function tellCycle(evidence: Evidence, { name, count, steps }: CycleFinding): Anomaly {
  const transactions = steps.map(({ from }) => from);
  const who = transactions.map((txn) => describe(evidence, txn));
  return { name, count, transactions, sentences: [...who, ...explainCycle(evidence, steps)] };
}
