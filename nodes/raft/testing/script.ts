/**
 * Runs the recorded scripts' vocabulary of steps on a `Cluster`. The words and what they mean are
 * those of the recorder: message types have etcd's names, states its field names.
 */
import { assert } from "../../../sim/assert.ts";
import { type Conf, confOf } from "../conf-change.ts";
import { type ConfChangeStep, Entry, entryKindNames, entryKinds } from "../entry.ts";
import { type MessageType, messageOf, messageTypes, type RaftMessage } from "../message.ts";
import type { RaftSettings, RecoveredState } from "../options.ts";
import { Cluster } from "./cluster.ts";
import { emptyDisk, plainSettings, type TestPeer, Text, textOf } from "./peer.ts";

type Fields = Readonly<Record<string, unknown>>;
type EntryFields = readonly [number, number, string, string?];
type ConfFields = {
  readonly voters: readonly number[];
  readonly learners?: readonly number[];
  readonly voters_outgoing?: readonly number[];
};
type MessageRecord = {
  readonly type: string;
  readonly from: number;
  readonly to: number;
  readonly term?: number;
  readonly log_term?: number;
  readonly index?: number;
  readonly commit?: number;
  readonly reject?: boolean;
  readonly reject_hint?: number;
  readonly entries?: readonly EntryFields[];
  readonly snapshot?: { readonly index: number; readonly term: number; readonly conf: ConfFields };
};

type NodeFields = {
  readonly voters?: readonly number[];
  readonly log_terms?: readonly number[];
  readonly term?: number;
  readonly vote?: number;
  readonly commit?: number;
};

/** A step of a script; each `op` uses some of the fields. */
export type Step = {
  readonly op: string;
  readonly result?: string;
  readonly count?: number;
  readonly node: number;
  readonly to: number;
  readonly peer: number;
  readonly ok: boolean;
  readonly ids: readonly number[];
  readonly nodes?: readonly number[];
  readonly voters?: readonly number[];
  readonly learners?: readonly number[];
  readonly index?: number;
  readonly config?: Fields;
  readonly per_node?: Readonly<Record<string, NodeFields>>;
  readonly data: string;
  readonly changes: readonly ConfChangeStep[];
  readonly transition?: "auto" | "implicit" | "explicit";
  readonly v1?: boolean;
  readonly ticks: number;
  readonly type?: string;
  readonly from?: number;
  readonly max?: number;
  readonly links: readonly (readonly [number, number])[];
  readonly ctx: string;
  readonly first_index: number;
  readonly msg: MessageRecord;
  readonly expect: unknown;
  readonly after?: Readonly<Record<string, Fields | "down">>;
};

/** A recorded script with the states it must end in. */
export type Script = {
  readonly name: string;
  readonly tags: readonly string[];
  readonly steps: readonly Step[];
  readonly final: Readonly<Record<string, Fields>>;
};

const etcdNames: Readonly<Record<string, MessageType>> = {
  MsgApp: messageTypes.append,
  MsgAppResp: messageTypes.appendResponse,
  MsgHeartbeat: messageTypes.heartbeat,
  MsgHeartbeatResp: messageTypes.heartbeatResponse,
  MsgVote: messageTypes.requestVote,
  MsgVoteResp: messageTypes.requestVoteResponse,
  MsgPreVote: messageTypes.requestPreVote,
  MsgPreVoteResp: messageTypes.requestPreVoteResponse,
  MsgSnap: messageTypes.snapshot,
  MsgTimeoutNow: messageTypes.timeoutNow,
  MsgTransferLeader: messageTypes.transferLeader,
  MsgProp: messageTypes.propose,
  MsgReadIndex: messageTypes.readIndex,
  MsgReadIndexResp: messageTypes.readIndexResponse,
};

export type ScriptOptions = {
  /** Ticks pass as `advanceTicks(n)` instead of n calls of `tick`. */
  readonly ticksAtOnce: boolean;
};

export class ScriptRunner {
  readonly #cluster = new Cluster();
  readonly #options: ScriptOptions;

  constructor(options: ScriptOptions) {
    this.#options = options;
  }

  /** Runs all steps and compares what they say; throws at the first difference. */
  run(script: Script): void {
    for (const [at, step] of script.steps.entries()) {
      const where = `step ${at} ${step.op}`;
      const { result, count } = this.#step(step, where);
      if (step.result !== undefined && step.result !== result) {
        throw new Error(`${where}: ${result}, recorded ${step.result}`);
      }
      if (step.count !== undefined && step.count !== count) {
        throw new Error(`${where}: ${count} messages, recorded ${step.count}`);
      }
      for (const [id, state] of Object.entries(step.after ?? {})) {
        this.#compare(
          `${where} node ${id}`,
          Number(id),
          state === "down" ? { role: state } : state,
        );
      }
    }
    for (const [id, state] of Object.entries(script.final)) {
      const all = state["role"] === "down" ? {} : { ...absent, ...state };
      this.#compare(`final node ${id}`, Number(id), { ...all, ...state });
    }
  }

  #step(step: Step, where: string): { result: string; count: number } {
    const cluster = this.#cluster;
    let result = "ok";
    let count = 0;
    switch (step.op) {
      case "add-nodes":
        for (const id of step.ids) addNode(cluster, id, step);
        break;
      case "propose":
      case "propose-conf-change":
        result = this.#propose(step) ? "ok" : "error: raft proposal dropped";
        break;
      case "tick":
        this.#tick(this.#raft(step.node), step.ticks);
        break;
      case "stabilize":
        cluster.stabilize(step.nodes ?? cluster.ids);
        break;
      case "process-ready":
        for (const id of step.nodes ?? []) cluster.processReady(id);
        break;
      case "deliver":
      case "drop":
        count = this.#take(step);
        break;
      case "check":
        for (const [id, state] of entriesOf(step.expect)) {
          this.#compare(`${where} node ${id}`, Number(id), state);
        }
        break;
      case "check-messages":
        this.#checkMessages(step, where);
        break;
      default:
        this.#act(step);
    }
    return { result, count };
  }

  #act(step: Step): void {
    const cluster = this.#cluster;
    switch (step.op) {
      case "campaign":
        this.#raft(step.node).campaign();
        break;
      case "set-randomized-election-timeout":
        this.#raft(step.node).setElectionTimeout(step.ticks);
        break;
      case "isolate":
        cluster.isolate(step.node);
        break;
      case "cut":
        for (const [from, to] of step.links) cluster.cut(from, to);
        break;
      case "ignore":
        cluster.ignore(Object.keys(messageTypes)[etcdNames[step.type ?? ""]!]!);
        break;
      case "heal":
        cluster.heal();
        break;
      case "transfer-leadership":
        this.#raft(step.node).transferLeader(step.to);
        break;
      case "read-index":
        this.#raft(step.node).readIndex(step.ctx);
        break;
      case "compact":
        cluster.peer(step.node).compact(step.first_index - 1);
        break;
      case "send-snapshot":
        this.#sendSnapshot(step);
        break;
      case "report-unreachable":
        this.#raft(step.node).reportUnreachable(step.peer);
        break;
      case "report-snapshot":
        this.#raft(step.node).reportSnapshot(step.peer, step.ok);
        break;
      case "crash":
        cluster.crash(step.node);
        break;
      case "restart":
        cluster.restart(step.node);
        break;
      case "step":
        this.#raft(step.node).step(messageFrom(step.msg));
        break;
      default:
        throw new Error(`no such step: ${step.op}`);
    }
  }

  #raft(id: number): TestPeer["raft"] {
    return this.#cluster.peer(id).raft;
  }

  #propose({ op, node, data, changes, transition = "auto", v1 }: Step): boolean {
    const raft = this.#raft(node);
    if (op === "propose") return raft.propose(new Text(data)) !== null;
    const kind = v1 === true ? entryKinds.conf1 : entryKinds.conf2;
    return raft.proposeConfChange({ transition, steps: changes }, null, kind) !== null;
  }

  #tick(raft: TestPeer["raft"], ticks: number): void {
    if (this.#options.ticksAtOnce) {
      raft.advanceTicks(ticks);
      return;
    }
    for (let i = 0; i < ticks; i += 1) raft.tick();
  }

  #take({ op, to, from, type, max }: Step): number {
    const cluster = this.#cluster;
    const matches = (message: RaftMessage): boolean =>
      message.to === to &&
      (from === undefined || message.from === from) &&
      (type === undefined || message.type === etcdNames[type]);
    const taken = cluster.take(matches, max);
    if (op === "deliver") for (const message of taken) this.#raft(to).step(message);
    return taken.length;
  }

  #sendSnapshot({ node, to }: Step): void {
    const { raft } = this.#cluster.peer(node);
    const snapshot = this.#cluster.peer(node).snapshot();
    const type = messageTypes.snapshot;
    this.#cluster.send(messageOf({ type, from: node, to, term: raft.term, snapshot }));
  }

  #compare(where: string, id: number, expected: Fields): void {
    const state = this.#cluster.isDown(id) ? { role: "down" } : stateOf(this.#cluster.peer(id));
    for (const [field, value] of Object.entries(expected)) {
      const actual = state[field] ?? null;
      if (!matches(actual, value)) {
        const shown = `${JSON.stringify(actual)}, recorded ${JSON.stringify(value)}`;
        throw new Error(`${where}: ${field} is ${shown}`);
      }
    }
  }

  #checkMessages({ expect }: Step, where: string): void {
    const actual = this.#cluster.queue.map(showMessage);
    assert(Array.isArray(expect), "expected messages are a list");
    const same =
      actual.length === expect.length && actual.every((one, at) => matches(one, expect[at]));
    if (same) return;
    throw new Error(`${where}: ${JSON.stringify(actual)}, recorded ${JSON.stringify(expect)}`);
  }
}

/** What a final state means where it does not say. */
const absent: Fields = { progress: null, read_states: null, lead_transferee: null };

function entriesOf(expected: unknown): readonly (readonly [string, Fields])[] {
  assert(typeof expected === "object" && expected !== null, "an expectation is a record");
  return Object.entries(expected as Readonly<Record<string, Fields>>);
}

function addNode(cluster: Cluster, id: number, step: Step): void {
  const own = step.per_node?.[String(id)] ?? {};
  const voters = own.voters ?? step.voters ?? [];
  const index = step.index ?? 0;
  const entries = (own.log_terms ?? []).map(
    (term, at) => new Entry(term, at + 1, entryKinds.normal, new Text(seed(at + 1, term)), null),
  );
  const disk: RecoveredState = {
    ...emptyDisk,
    hardState: { term: own.term ?? 0, vote: own.vote ?? 0, commit: own.commit ?? index },
    entries,
    truncatedIndex: index,
    truncatedTerm: index > 0 ? 1 : 0,
    conf: confOf(voters, step.learners),
    applied: index,
  };
  cluster.add(id, settingsOf(step.config ?? { election_tick: 3 }, own), disk);
}

const seed = (index: number, term: number): string => `seed-${index}-${term}`;

function settingsOf(config: Fields, own: Fields): RaftSettings {
  const all = { ...config, ...own };
  const number = (key: string, otherwise: number): number => Number(all[key] ?? otherwise);
  return {
    ...plainSettings,
    electionTicks: number("election_tick", 3),
    heartbeatTicks: number("heartbeat_tick", 1),
    preVote: all["pre_vote"] === true,
    checkQuorum: all["check_quorum"] === true,
    readOnly: all["read_only"] === "lease" ? "lease" : "safe",
    maxInflight: number("max_inflight", plainSettings.maxInflight),
    maxSizePerMessage: number("max_size_per_msg", plainSettings.maxSizePerMessage),
    maxCommittedSizePerReady: number(
      "max_committed_size_per_ready",
      plainSettings.maxCommittedSizePerReady,
    ),
    forwardProposals: all["disable_proposal_forwarding"] !== true,
    validateConfChanges: all["disable_conf_change_validation"] !== true,
  };
}

function messageFrom(record: MessageRecord): RaftMessage {
  const { type, from, to, term, log_term, index, commit, reject, reject_hint, snapshot } = record;
  return messageOf({
    type: etcdNames[type]!,
    from,
    to,
    term: term ?? 0,
    logTerm: log_term ?? 0,
    index: index ?? 0,
    commit: commit ?? 0,
    reject: reject ?? false,
    rejectHint: reject_hint ?? 0,
    entries: (record.entries ?? []).map(entryFrom),
    snapshot:
      snapshot === undefined
        ? null
        : { ...snapshot, conf: confOf(snapshot.conf.voters, snapshot.conf.learners), data: null },
  });
}

function entryFrom([index, term, kind, data]: EntryFields): Entry {
  const number = entryKindNames.indexOf(kind);
  assert(number === entryKinds.normal || number === entryKinds.empty, "a raw entry is plain");
  return new Entry(term, index, number, data === undefined ? null : new Text(data), null);
}

function showMessage(message: RaftMessage): Fields {
  const { type, from, to, term, logTerm, index, commit, reject, rejectHint } = message;
  const { snapshot } = message;
  return {
    type: Object.keys(etcdNames).find((name) => etcdNames[name] === type),
    from,
    to,
    term,
    log_term: logTerm,
    index,
    commit,
    reject,
    reject_hint: rejectHint,
    entries: message.entries.map(showEntry),
    ...(snapshot === null
      ? {}
      : {
          snapshot: { index: snapshot.index, term: snapshot.term, conf: showConf(snapshot.conf) },
        }),
  };
}

function showEntry({ index, term, kind, data }: Entry): readonly unknown[] {
  const start = [index, term, entryKindNames[kind]];
  return kind === entryKinds.normal ? [...start, textOf(data)] : start;
}

function showConf(conf: Conf): Fields {
  const some = (ids: readonly number[]): readonly number[] | null => (ids.length > 0 ? ids : null);
  return {
    voters: conf.voters,
    voters_outgoing: some(conf.votersOutgoing),
    learners: some(conf.learners),
    learners_next: some(conf.learnersNext),
    auto_leave: conf.autoLeave ? true : null,
  };
}

function stateOf(peer: TestPeer): Fields {
  const { raft } = peer;
  const log: unknown[] = [];
  for (let at = raft.firstIndex; at <= raft.lastIndex; at += 1) log.push(showEntry(raft.entry(at)));
  return {
    role: raft.role,
    term: raft.term,
    vote: raft.vote,
    lead: raft.lead,
    commit: raft.commit,
    applied: raft.applied,
    conf: showConf(raft.conf),
    first_index: raft.firstIndex,
    last_index: raft.lastIndex,
    last_term: raft.lastTerm,
    log,
    progress: raft.role === "leader" ? showProgress(raft) : null,
    read_states: peer.reads.length > 0 ? peer.reads : null,
    lead_transferee: raft.leadTransferee === 0 ? null : raft.leadTransferee,
    state_machine: peer.applied,
  };
}

function showProgress(raft: TestPeer["raft"]): Fields {
  const shown: Record<string, Fields> = {};
  for (const { id, match, next, state, pendingSnapshot } of raft.members()) {
    shown[id] = {
      match,
      next,
      state,
      learner: raft.conf.learners.includes(id) ? true : null,
      pending_snapshot: pendingSnapshot === 0 ? null : pendingSnapshot,
    };
  }
  return shown;
}

/** A subset match: lists by position, records by the expected fields, absent means 0, false, []. */
function matches(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return false;
    return expected.every((one, at) => matches(actual[at], one));
  }
  if (typeof expected === "object" && expected !== null) {
    if (typeof actual !== "object" || actual === null) return false;
    const fields = actual as Fields;
    return Object.entries(expected).every(([key, one]) => matches(fields[key], one));
  }
  return (actual ?? null) === (expected ?? null);
}
