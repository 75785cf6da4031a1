/**
 * The versions of registers that transactions overwrite. Values do not show their order, so it is
 * inferred, each source an assumption that the caller makes about the store:
 *
 * - always: nothing ("never written") comes before everything
 * - `wfrKeys`: what a transaction reads comes before what it then writes (writes follow reads)
 * - `sequentialKeys`: each process sees the versions of one item in their order
 * - `linearizableKeys`: so does real time, across processes
 *
 * Source: Kingsbury and Alvaro, "Elle" (VLDB 2020), section 5.1; jepsen-io/elle at ccdee6f,
 * src/elle/rw_register.clj, which agrees but does not look at transactions of unknown outcome.
 */
import { componentsOf } from "./components.ts";
import type { MicroOp, Scalar } from "./history.ts";
import { adjacency, IntList } from "./int-list.ts";
import { byteTable, intTable } from "./int-table.ts";
import { FAIL, OK, type Transactions } from "./interpret.ts";
import { type Access, processOrder, realtimeOrder } from "./register-orders.ts";
import { type Clash, Findings, NOBODY, type Reading, showValue, VersionTable } from "./versions.ts";

/** What may be assumed of how the store orders the versions of one register. */
export type RegisterAssumptions = {
  readonly wfrKeys: boolean;
  readonly sequentialKeys: boolean;
  readonly linearizableKeys: boolean;
};

/** Reads the transactions of an rw-register history. */
export function readRegisters(txns: Transactions, assumed: RegisterAssumptions): Reading {
  return new RegisterReader(txns).read(assumed);
}

class RegisterReader {
  readonly #txns: Transactions;
  readonly #table: VersionTable;
  readonly #findings = new Findings();
  /** By version: a transaction that failed, or overwrote it itself; NOBODY if none did. */
  readonly #failedBy = new IntList();
  readonly #passedBy = new IntList();
  /** Per transaction and item: what it read from outside and what it left behind. */
  readonly #access: Access;
  /** By key: the last of its accesses. */
  readonly #accessAt = new IntList();
  /** The versions of all operations in order, so that each is looked up once. */
  readonly #opVersions: IntList;
  #clash: Clash | null = null;
  #unwritten = 0;

  constructor(transactions: Transactions) {
    this.#txns = transactions;
    const { opCount } = transactions;
    this.#table = new VersionTable(opCount >> 1);
    this.#opVersions = new IntList(opCount + 1);
    this.#access = {
      transaction: new IntList(opCount + 1),
      key: new IntList(opCount + 1),
      read: new IntList(opCount + 1),
      written: new IntList(opCount + 1),
    };
  }

  read(assumed: RegisterAssumptions): Reading {
    const { count, ops, outcome } = this.#txns;
    for (let txn = 0; txn < count; txn++) {
      if (outcome[txn] === FAIL) this.#fail(txn, ops[txn]!);
      else this.#perform(txn, ops[txn]!);
    }
    this.#judgeReads();
    this.#orderVersions(assumed);
    const notes = this.#unwritten === 0 ? [] : [unwrittenNote(this.#unwritten)];
    const versions = this.#table.build();
    return { versions, findings: this.#findings, notes, clash: this.#clash };
  }

  #fail(txn: number, ops: readonly MicroOp[]): void {
    for (const [f, key, value] of ops) {
      const version = f === "w" ? this.#version(this.#table.keyId(key), value) : NOBODY;
      this.#opVersions.push(version);
      if (version !== NOBODY) this.#failedBy.set(version, txn);
    }
  }

  /** Notes for each item what the transaction reads first and writes last. */
  #perform(txn: number, ops: readonly MicroOp[]): void {
    const { transaction, key: keys, read, written } = this.#access;
    const ok = this.#txns.outcome[txn] === OK;
    const from = keys.length;
    for (const op of ops) {
      if (op[0] === "r" && !ok) {
        this.#opVersions.push(NOBODY);
        continue;
      }
      const key = this.#table.keyId(op[1]);
      const version = this.#version(key, op[2]);
      this.#opVersions.push(version);
      while (this.#accessAt.length <= key) this.#accessAt.push(-1);
      let at = this.#accessAt.at(key);
      if (at < from) {
        at = keys.length;
        this.#accessAt.set(key, at);
        transaction.push(txn);
        keys.push(key);
        read.push(op[0] === "r" ? version : -1);
        written.push(-1);
      }
      if (op[0] === "r") continue;
      const before = written.at(at);
      if (before >= 0 && before !== version) this.#passedBy.set(before, txn);
      written.set(at, version);
    }
    for (let at = from; at < keys.length; at++) {
      if (written.at(at) >= 0) this.#write(written.at(at), txn);
    }
  }

  #write(version: number, txn: number): void {
    const { writerOf, keys, keyOf, valueAt } = this.#table;
    const before = writerOf.at(version);
    if (before === NOBODY) {
      writerOf.set(version, txn);
    } else {
      const key = keys[keyOf.at(version)]!;
      const value = valueAt[version] as Scalar;
      this.#clash ??= { key, value, transactions: [before, txn] };
    }
  }

  #version(key: number, value: unknown): number {
    const table = this.#table;
    // Only a read has null: the state that nobody wrote.
    const known = value === null ? table.first(key) : table.find(key, value as Scalar);
    const version = known ?? table.create(key, value as Scalar, NOBODY);
    while (this.#failedBy.length <= version) {
      this.#failedBy.push(NOBODY);
      this.#passedBy.push(NOBODY);
    }
    return version;
  }

  #judgeReads(): void {
    const { count, ops, outcome } = this.#txns;
    const table = this.#table;
    const touchedBy = intTable(table.keys.length).fill(NOBODY);
    let at = 0;
    for (let txn = 0; txn < count; txn++) {
      const from = at;
      at += ops[txn]!.length;
      if (outcome[txn] !== OK) continue;
      let again = false;
      for (let op = from; op < at; op++) {
        const version = this.#opVersions.at(op);
        const key = table.keyOf.at(version);
        if (touchedBy[key] === txn) again = true;
        touchedBy[key] = txn;
        if (ops[txn]![op - from]![0] === "r" && table.valueAt[version] !== null) {
          this.#judgeRead(txn, version);
        }
      }
      if (again) this.#judgeWithin(txn, ops[txn]!);
    }
    this.#judgeUpdates();
  }

  #judgeRead(txn: number, version: number): void {
    const passed = this.#passedBy.at(version);
    if (this.#table.writerOf.at(version) !== NOBODY || passed === txn) return;
    const failed = this.#failedBy.at(version);
    if (passed !== NOBODY) {
      this.#findings.add("G1b", [txn, passed], () => [
        `T${txn} read ${this.#show(version)}, ` +
          `but T${passed} wrote another value over it before it finished`,
      ]);
    } else if (failed !== NOBODY) {
      this.#findings.add("G1a", [txn, failed], () => [
        `T${txn} read ${this.#show(version)}, but T${failed}, which wrote it, failed`,
      ]);
    } else {
      this.#unwritten++;
    }
  }

  #show(version: number): string {
    const { keys, keyOf, valueAt } = this.#table;
    return `${keys[keyOf.at(version)]}=${showValue(valueAt[version]!)}`;
  }

  /** A transaction's reads against its own earlier reads and writes. */
  #judgeWithin(txn: number, ops: readonly MicroOp[]): void {
    const state = new Map<number, number>();
    for (const [f, name, value] of ops) {
      const key = this.#table.keyId(name);
      const version = this.#version(key, value);
      const before = state.get(key);
      state.set(key, version);
      if (f === "w" || before === undefined || before === version) continue;
      this.#findings.add("internal", [txn], () => [
        `T${txn} read ${name}=${showValue(value)}, but by its own earlier operations ` +
          `it expects ${showValue(this.#table.valueAt[before]!)}`,
      ]);
      return;
    }
  }

  /** Two transactions that read one version and both wrote the item: one update is lost. */
  #judgeUpdates(): void {
    const { transaction, read, written } = this.#access;
    const updaterOf = intTable(this.#table.valueAt.length).fill(NOBODY);
    for (let at = 0; at < read.length; at++) {
      const version = read.at(at);
      if (version < 0) continue;
      const txn = transaction.at(at);
      this.#table.addReader(version, txn);
      if (written.at(at) < 0) continue;
      const other = updaterOf[version]!;
      if (other === NOBODY) {
        updaterOf[version] = txn;
        continue;
      }
      const { keys, keyOf, valueAt } = this.#table;
      const [key, value] = [keys[keyOf.at(version)]!, showValue(valueAt[version]!)];
      this.#findings.add("lost-update", [other, txn], () => [
        `T${other} and T${txn} both read ${key}=${value} and both wrote ${key}, ` +
          "so one of them wrote over the other without having seen it",
      ]);
    }
  }

  /** Adds one source of order after the other; one that contradicts those before it is left out. */
  #orderVersions(assumed: RegisterAssumptions): void {
    const before = new IntList(this.#txns.opCount + 64);
    const after = new IntList(this.#txns.opCount + 64);
    const sources: readonly [string, boolean, Source][] = [
      ["nothing comes first", true, (add) => this.#firstOrder(add)],
      ["writes follow reads", assumed.wfrKeys, (add) => this.#wfrOrder(add)],
      [
        "each key is sequential",
        assumed.sequentialKeys,
        (add) => processOrder(this.#txns, this.#access, this.#table.keys.length, add),
      ],
      [
        "each key is linearizable",
        assumed.linearizableKeys,
        (add) => realtimeOrder(this.#txns, this.#access, this.#table.keys.length, add),
      ],
    ];
    for (const [name, wanted, source] of sources) {
      if (!wanted) continue;
      const length = before.length;
      source((one, other) => {
        if (one === other) return;
        before.push(one);
        after.push(other);
      });
      if (this.#cyclic(name, before, after)) {
        before.truncate(length);
        after.truncate(length);
      }
    }
    for (let at = 0; at < before.length; at++) this.#table.addNext(before.at(at), after.at(at));
  }

  #firstOrder(add: (before: number, after: number) => void): void {
    const { valueAt, keyOf } = this.#table;
    const { read, written } = this.#access;
    const seen = byteTable(valueAt.length);
    const see = (version: number): void => {
      if (version < 0 || valueAt[version] === null || seen[version] === 1) return;
      seen[version] = 1;
      add(this.#table.first(keyOf.at(version)), version);
    };
    for (let at = 0; at < read.length; at++) {
      see(read.at(at));
      see(written.at(at));
    }
  }

  #wfrOrder(add: (before: number, after: number) => void): void {
    const { read, written } = this.#access;
    for (let at = 0; at < read.length; at++) {
      const version = read.at(at);
      // From nothing to everything is known already.
      if (version < 0 || written.at(at) < 0 || this.#table.valueAt[version] === null) continue;
      add(version, written.at(at));
    }
  }

  #cyclic(source: string, before: IntList, after: IntList): boolean {
    const { valueAt, keyOf, keys } = this.#table;
    const next = adjacency(valueAt.length, before.view(), after.view());
    const { sizes, componentOf } = componentsOf(next);
    const cyclic = sizes.findIndex((size) => size > 1);
    if (cyclic < 0) return false;
    const members: number[] = [];
    for (let one = 0; one < valueAt.length; one++) {
      if (componentOf[one] === cyclic) members.push(one);
    }
    const shown = members.slice(0, 8).map((one) => showValue(valueAt[one]!));
    this.#findings.add("cyclic-versions", [], () => [
      `assuming that ${source}, the values ${shown.join(", ")} of ` +
        `${keys[keyOf.at(members[0]!)]} come before each other`,
    ]);
    return true;
  }
}

type Source = (add: (before: number, after: number) => void) => void;

function unwrittenNote(count: number): string {
  const reads = count === 1 ? "1 read" : `${count} reads`;
  return `${reads} of a value that no transaction wrote: taken for values from before the history`;
}
