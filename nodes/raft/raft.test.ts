/**
 * Golden stories of one peer and its driver: testdata/*.txt hold what comes in and what goes out.
 * To add a case, write its command, run with REWRITE=1, then read the diff.
 *
 *   peer ID voters=A,B.. [learners=C] [log=1,1,2] [term=T] [vote=V] [commit=N] [with=WORD,WORD]
 *        boots a peer (log: the terms of its entries); the words are pre-vote, check-quorum, lease,
 *        quiet-commits, drop-reads, ahead, narrow, small; everything after acts on it
 *   tick N | ticks N        N calls of tick | one call of advanceTicks
 *   campaign | ping         propose TEXT | read CONTEXT | transfer TO | unreachable ID
 *   change add:4,remove:1 [transition=explicit]    proposes a membership change; "leave" leaves
 *   receive TYPE from=F term=T [index=I] [log-term=L] [commit=C] [entries=1,1] [snapshot=I]
 *        [hint=H] [context=C] [reject]       a message arrives (entries: their terms)
 *   write                    hands over all that is unwritten          sync N    write N is durable
 *   apply [to=N]             takes what may be applied and applies it  installed N, compact N
 *   snapshot-sent ID ok|failed
 *   power-loss [writes=N]    boots again from what was durable after the first N open writes
 */
import { expect, test } from "vitest";
import { type Case, runGolden } from "../../sim/testing/datadriven.ts";
import { confOf } from "./conf-change.ts";
import { type ConfChangeStep, Entry, entryKindNames, entryKinds } from "./entry.ts";
import { type MessageType, messageOf, messageTypeNames, type RaftMessage } from "./message.ts";
import type { RaftSettings, RecoveredState } from "./options.ts";
import { Raft } from "./raft.ts";
import { emptyDisk, plainSettings, Text, textOf } from "./testing/peer.ts";

const stories = ["protocol", "election", "replication", "reads", "membership", "snapshot", "time"];

for (const story of stories) {
  test(`${story}.txt`, () => {
    const teller = new Teller();
    runGolden(new URL(`./testdata/${story}.txt`, import.meta.url), (one) => teller.tell(one));
  });
}

test("a driver that breaks the protocol is stopped", () => {
  const raft = new Teller().boot(emptyDisk, plainSettings, 1, [1]);
  expect(() => raft.handOver()).toThrow("a write has something to write");
  expect(() => raft.stableTo(1)).toThrow("a write completes once, when begun");
  raft.campaign();
  expect(() => raft.stableTo(raft.handOver() + 1)).toThrow("a write completes once, when begun");
  expect(() => raft.appliedTo(1)).toThrow("applied is what was handed out");
  expect(() => raft.handApply(1)).toThrow("committed entries are handed on once");
  expect(() => raft.compact(1)).toThrow("only applied entries are compacted");
  expect(() => raft.step(messageOf({ type: 0, from: 2, to: 3 }))).toThrow("whom it was sent to");
});

/** A driver that does what the story says and tells what it sees. */
class Teller {
  #disk: RecoveredState = emptyDisk;
  #settings: RaftSettings = plainSettings;
  #writes: { readonly number: number; readonly disk: RecoveredState }[] = [];
  #raft!: Raft;

  constructor() {
    this.boot(emptyDisk, plainSettings, 1, [1]);
  }

  tell(one: Case): string {
    const said = this.#act(one);
    return [...said, this.#state(), ...this.#takeOut()].join("\n");
  }

  boot(disk: RecoveredState, settings: RaftSettings, id: number, voters: readonly number[]): Raft {
    this.#disk = disk.conf.voters.length === 0 ? { ...disk, conf: confOf(voters) } : disk;
    this.#settings = settings;
    this.#writes = [];
    this.#raft = new Raft({
      settings,
      id,
      drawElectionTicks: () => settings.electionTicks + 3,
      snapshots: {
        snapshotFor: () => {
          const { applied: index, conf } = this.#raft;
          return { index, term: this.#raft.termAt(index), conf, data: null };
        },
      },
      state: this.#disk,
    });
    return this.#raft;
  }

  #act(one: Case): readonly string[] {
    const raft = this.#raft;
    const [word = ""] = one.args;
    switch (one.command) {
      case "peer":
        this.#boot(one);
        return [];
      case "receive":
        raft.step(messageFor(one, raft.id));
        return [];
      case "write":
        return this.#write();
      case "sync":
        return this.#sync(Number(word));
      case "apply":
        return this.#apply(one);
      case "power-loss":
        return this.#losePower(one.has("writes") ? one.number("writes") : 0);
      default:
        return this.#command(one, word);
    }
  }

  #command(one: Case, word: string): readonly string[] {
    const raft = this.#raft;
    switch (one.command) {
      case "tick":
        for (let i = 0; i < Number(word); i += 1) raft.tick();
        return [`due in ${raft.ticksUntilDue()}`];
      case "ticks":
        raft.advanceTicks(Number(word));
        return [`due in ${raft.ticksUntilDue()}`];
      case "timeout":
        raft.setElectionTimeout(Number(word));
        return [`due in ${raft.ticksUntilDue()}`];
      case "campaign":
        return [raft.campaign() ? "campaigns" : "may not campaign"];
      case "ping":
        raft.ping();
        return [];
      case "propose":
        return [showProposed(raft.propose(new Text(word)))];
      case "change":
        return [showProposed(raft.proposeConfChange(changeFrom(one, word)))];
      case "read":
        return [raft.readIndex(word) ? "asked" : "dropped"];
      case "transfer":
        return [raft.transferLeader(Number(word)) ? "transferring" : "nothing to do"];
      case "unreachable":
        raft.reportUnreachable(Number(word));
        return [];
      case "snapshot-sent":
        raft.reportSnapshot(Number(word), one.args[1] === "ok");
        return [];
      case "installed":
        raft.appliedTo(Number(word));
        return [];
      case "compact":
        this.#compact(Number(word));
        return [];
      default:
        throw new Error(`no such command: ${one.command}`);
    }
  }

  #boot(one: Case): void {
    const terms = one.has("log") ? one.list("log") : [];
    const entries = terms.map((term, at) => entryOf(term, at + 1));
    const number = (key: string): number => (one.has(key) ? one.number(key) : 0);
    const learners = one.has("learners") ? one.list("learners") : [];
    const disk: RecoveredState = {
      ...emptyDisk,
      hardState: { term: number("term"), vote: number("vote"), commit: number("commit") },
      entries,
      conf: confOf(one.list("voters"), learners),
    };
    const words = one.has("with") ? one.text("with").split(",") : [];
    this.boot(disk, settingsOf(words), Number(one.args[0]), one.list("voters"));
  }

  #write(): readonly string[] {
    const raft = this.#raft;
    const { term, vote, commit, writeFrom, lastIndex, pendingSnapshot, conf } = raft;
    const last = this.#writes.at(-1)?.disk ?? this.#disk;
    const cut = pendingSnapshot ?? { index: last.truncatedIndex, term: last.truncatedTerm };
    const kept = pendingSnapshot === null ? last.entries : [];
    const added: Entry[] = [];
    for (let at = writeFrom; at <= lastIndex; at += 1) added.push(raft.entry(at));
    const what = [
      raft.hardStateDirty ? `term=${term} vote=${vote}` : "",
      pendingSnapshot === null ? "" : `snapshot ${pendingSnapshot.index}`,
      added.length === 0 ? "" : `entries ${added.map(showEntry).join(" ")}`,
    ];
    const number = raft.handOver();
    this.#writes.push({
      number,
      disk: {
        hardState: { term, vote, commit },
        entries: [...kept.filter(({ index }) => index < writeFrom), ...added],
        truncatedIndex: cut.index,
        truncatedTerm: cut.term,
        conf,
        applied: cut.index,
      },
    });
    return [`write ${number}: ${what.filter((part) => part !== "").join(", ")}`];
  }

  #compact(index: number): void {
    const truncatedTerm = this.#raft.termAt(index);
    this.#raft.compact(index);
    const entries = this.#disk.entries.filter((entry) => entry.index > index);
    const applied = this.#raft.applied;
    this.#disk = { ...this.#disk, entries, truncatedIndex: index, truncatedTerm, applied };
  }

  #sync(number: number): readonly string[] {
    this.#raft.stableTo(number);
    this.#disk = this.#writes.find((write) => write.number === number)!.disk;
    this.#writes = this.#writes.filter((write) => write.number > number);
    return [];
  }

  #apply(one: Case): readonly string[] {
    const raft = this.#raft;
    const from = raft.applyFrom;
    const end = one.has("to") ? Math.min(one.number("to"), raft.applyEnd) : raft.applyEnd;
    if (end < from) return ["nothing to apply"];
    raft.handApply(end);
    const shown: string[] = [];
    for (let at = from; at <= end; at += 1) {
      const entry = raft.entry(at);
      shown.push(showEntry(entry));
      if (entry.change !== null) raft.applyConfChange(entry.change);
    }
    raft.appliedTo(end);
    return [`applied ${shown.join(" ")}`];
  }

  #losePower(writes: number): readonly string[] {
    const { id } = this.#raft;
    const disk = this.#writes[writes - 1]?.disk ?? this.#disk;
    this.boot(disk, this.#settings, id, disk.conf.voters);
    return [];
  }

  #state(): string {
    const { id, role, term, vote, lead, commit, applied, stableIndex, lateCount } = this.#raft;
    const raft = this.#raft;
    const { voters, votersOutgoing, learners, learnersNext } = raft.conf;
    const conf = [
      `voters=${voters}`,
      votersOutgoing.length === 0 ? "" : `outgoing=${votersOutgoing}`,
      learners.length === 0 ? "" : `learners=${learners}`,
      learnersNext.length === 0 ? "" : `learners-next=${learnersNext}`,
    ];
    const log: number[] = [];
    for (let at = raft.firstIndex; at <= raft.lastIndex; at += 1) log.push(raft.termAt(at));
    const rest = [
      raft.leadTransferee === 0 ? "" : `handing-to=${raft.leadTransferee}`,
      raft.needsWrite() ? `unwritten${raft.hardStateDirty ? "+vote" : ""}` : "",
      lateCount === 0 ? "" : `late=${lateCount}`,
    ];
    return [
      `${id}: ${role} term=${term} vote=${vote} lead=${lead}`,
      `log=${raft.firstIndex}:${log.join(",")}`,
      `commit=${commit} applied=${applied} stable=${stableIndex}`,
      ...conf,
      ...rest,
    ]
      .filter((part) => part !== "")
      .join(" ");
  }

  #takeOut(): readonly string[] {
    const { out, readStates } = this.#raft;
    const shown: string[] = [];
    for (let i = 0; i < out.count; i += 1) shown.push(showMessage(out.at(i)));
    for (let i = 0; i < readStates.count; i += 1) {
      const { context, index } = readStates.at(i);
      shown.push(`  read ${context} at ${index}`);
    }
    out.clear();
    readStates.clear();
    return shown;
  }
}

function settingsOf(words: readonly string[]): RaftSettings {
  const has = (word: string): boolean => words.includes(word);
  return {
    ...plainSettings,
    preVote: has("pre-vote"),
    checkQuorum: has("check-quorum") || has("lease"),
    readOnly: has("lease") ? "lease" : "safe",
    skipBcastCommit: has("quiet-commits"),
    earlyReads: has("drop-reads") ? "drop" : "keep",
    applyUnpersistedMax: has("ahead") ? 2 : 0,
    maxInflight: has("narrow") ? 2 : plainSettings.maxInflight,
    maxSizePerMessage: has("small") ? 30 : plainSettings.maxSizePerMessage,
  };
}

const entryOf = (term: number, index: number): Entry =>
  new Entry(term, index, entryKinds.normal, new Text(`${index}@${term}`), null);

function messageFor(one: Case, to: number): RaftMessage {
  const [name = ""] = one.args;
  const type = messageTypeNames.indexOf(name);
  expect(type, `a message type: ${name}`).toBeGreaterThanOrEqual(0);
  const number = (key: string): number => (one.has(key) ? one.number(key) : 0);
  const index = number("index");
  const terms = one.has("entries") ? one.list("entries") : [];
  const context = one.has("context") ? one.text("context") : "0";
  const voters = one.has("voters") ? one.list("voters") : [1, 2, 3];
  return messageOf({
    type: type as MessageType,
    to,
    from: one.number("from"),
    term: number("term"),
    logTerm: number("log-term"),
    index,
    commit: number("commit"),
    reject: one.args.includes("reject"),
    rejectHint: number("hint"),
    entries: terms.map((term, at) => entryOf(term, index + 1 + at)),
    snapshot: one.has("snapshot")
      ? { index: number("snapshot"), term: number("log-term"), conf: confOf(voters), data: null }
      : null,
    context: /^\d+$/.test(context) ? Number(context) : context,
  });
}

function changeFrom(one: Case, word: string): Parameters<Raft["proposeConfChange"]>[0] {
  const transition = one.has("transition") ? one.text("transition") : "auto";
  if (transition !== "auto" && transition !== "implicit" && transition !== "explicit") {
    throw new Error(`no such transition: ${transition}`);
  }
  const steps = word === "leave" ? [] : word.split(",").map(stepFrom);
  return { transition, steps };
}

function stepFrom(text: string): ConfChangeStep {
  const [type = "", node = ""] = text.split(":");
  if (type !== "add" && type !== "remove" && type !== "add-learner") throw new Error(text);
  return { type, node: Number(node) };
}

function showProposed(proposed: ReturnType<Raft["propose"]>): string {
  if (proposed === null) return "dropped";
  const { index, term, refusal } = proposed;
  if (index === 0) return "handed on";
  return `at ${index} in term ${term}${refusal === null ? "" : `, refused: ${refusal}`}`;
}

function showEntry({ index, term, kind, data }: Entry): string {
  const text = kind === entryKinds.normal ? textOf(data) : entryKindNames[kind];
  return `${index}/${term}:${text}`;
}

function showMessage(message: RaftMessage): string {
  const { to, type, term, index, logTerm, commit, reject, rejectHint, entries, context } = message;
  const parts = [
    `  -> ${to} ${messageTypeNames[type]} term=${term}`,
    index === 0 && logTerm === 0 ? "" : `index=${index}`,
    logTerm === 0 ? "" : `log-term=${logTerm}`,
    commit === 0 ? "" : `commit=${commit}`,
    reject ? `reject hint=${rejectHint}` : "",
    entries.length === 0 ? "" : entries.map(showEntry).join(" "),
    message.snapshot === null ? "" : `snapshot=${message.snapshot.index}`,
    context === 0 ? "" : `context=${context}`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}
