/**
 * The versions of lists that transactions append to. A list read whole shows the order of the
 * appends that made it, so the longest read of a list orders all that were ever seen; an append
 * that no read shows came after those that reads show.
 *
 * Source: Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental
 * Observations" (VLDB 2020), sections 4.2 and 5.
 */
import { assert } from "../../../sim/assert.ts";
import type { Scalar } from "./history.ts";
import { IntList } from "./int-list.ts";
import { byteTable, intTable } from "./int-table.ts";
import { FAIL, OK, type Transactions } from "./interpret.ts";
import { type Clash, Findings, NOBODY, type Reading, showValue, VersionTable } from "./versions.ts";
import { checkWithin } from "./within-append.ts";

const NO_ELEMENTS: readonly Scalar[] = [];
const NEVER = 0x7fffffff;

/** The list that a read returned. A read of nothing is a read of the empty list. */
export function listOf(value: unknown): readonly Scalar[] {
  return Array.isArray(value) ? value : NO_ELEMENTS;
}

/** Reads the transactions of a list-append history. */
export function readAppends(transactions: Transactions): Reading {
  return new AppendReader(transactions).read();
}

class AppendReader {
  readonly #txns: Transactions;
  readonly #table: VersionTable;
  readonly #findings = new Findings();
  /** By key: the longest list that was read, and who read it. */
  readonly #longest: (readonly Scalar[])[] = [];
  readonly #longestBy = new IntList();
  /** By version: 1 if the same transaction appended to the same list again. */
  #passing = byteTable(0);
  /** The orders of all keys behind one another: the versions that the longest read shows. */
  readonly #order = new IntList();
  readonly #orderStart = new IntList();
  /** By key: from which length on a prefix of the longest read holds a faulty element. */
  readonly #firstFailed = new IntList();
  readonly #firstUnwritten = new IntList();
  readonly #firstRepeated = new IntList();
  /** By version: the place in its key's order, or -1 where no longest read shows it. */
  #placeOf = intTable(0);
  /** By version: who read it and then appended, or NOBODY. */
  #updaterOf = intTable(0);
  /** The keys of all operations in order, so that each is looked up once. */
  readonly #opKeys: IntList;
  #clash: Clash | null = null;

  constructor(transactions: Transactions) {
    this.#txns = transactions;
    this.#table = new VersionTable(transactions.opCount >> 1);
    this.#opKeys = new IntList(transactions.opCount + 1);
  }

  read(): Reading {
    this.#collect();
    this.#orderKeys();
    this.#judgeReads();
    this.#linkVersions();
    const versions = this.#table.build();
    return { versions, findings: this.#findings, notes: [], clash: this.#clash };
  }

  #collect(): void {
    const { count, outcome, ops } = this.#txns;
    const table = this.#table;
    const passing = new IntList();
    const lastOfKey = new IntList();
    for (let txn = 0; txn < count; txn++) {
      for (const op of ops[txn]!) {
        const key = table.keyId(op[1]);
        this.#opKeys.push(key);
        while (lastOfKey.length <= key) {
          lastOfKey.push(-1);
          this.#longest.push(NO_ELEMENTS);
          this.#longestBy.push(NOBODY);
        }
        if (op[0] === "append") {
          const version = this.#append(key, scalar(op[2]), txn);
          while (passing.length <= version) passing.push(0);
          const last = lastOfKey.at(key);
          if (last >= 0 && table.writerOf.at(last) === txn) passing.set(last, 1);
          lastOfKey.set(key, version);
        } else if (outcome[txn] === OK) {
          const list = listOf(op[2]);
          if (list.length > this.#longest[key]!.length) {
            this.#longest[key] = list;
            this.#longestBy.set(key, txn);
          }
        }
      }
    }
    this.#passing = byteTable(table.valueAt.length);
    this.#passing.set(passing.view());
  }

  #append(key: number, value: Scalar, txn: number): number {
    const table = this.#table;
    const before = table.find(key, value);
    if (before === undefined) return table.create(key, value, txn);
    const { outcome } = this.#txns;
    const writer = table.writerOf.at(before);
    // A failed append did not happen, so the same element may be appended again.
    if (outcome[writer] === FAIL) return table.create(key, value, txn);
    if (outcome[txn] !== FAIL) {
      this.#clash ??= { key: table.keys[key]!, value, transactions: [writer, txn] };
    }
    return before;
  }

  /** The version order of each key from its longest read. */
  #orderKeys(): void {
    const table = this.#table;
    const { outcome } = this.#txns;
    this.#placeOf = intTable(table.valueAt.length).fill(-1);
    for (let key = 0; key < table.keys.length; key++) {
      const start = this.#order.length;
      this.#orderStart.push(start);
      let failed = NEVER;
      let unwritten = NEVER;
      let repeated = NEVER;
      const list = this.#longest[key]!;
      for (let at = 0; at < list.length; at++) {
        const version = table.find(key, list[at]!);
        if (version === undefined) {
          unwritten = Math.min(unwritten, at);
          continue;
        }
        if (this.#placeOf[version]! >= 0) {
          repeated = Math.min(repeated, at);
          continue;
        }
        this.#placeOf[version] = this.#order.length - start;
        this.#order.push(version);
        if (outcome[table.writerOf.at(version)] === FAIL) failed = Math.min(failed, at);
      }
      this.#firstFailed.push(failed);
      this.#firstUnwritten.push(unwritten);
      this.#firstRepeated.push(repeated);
      this.#judgeOrder(key);
    }
    this.#orderStart.push(this.#order.length);
  }

  /** A committed append on top of a failed one: the failed transaction's effect lives on. */
  #judgeOrder(key: number): void {
    const start = this.#orderStart.at(key);
    let failed = -1;
    for (let at = start; at < this.#order.length; at++) {
      const version = this.#order.at(at);
      const outcome = this.#txns.outcome[this.#table.writerOf.at(version)];
      if (outcome === FAIL) failed = failed < 0 ? version : failed;
      if (outcome !== OK) continue;
      if (failed >= 0) this.#dirtyUpdate(failed, version);
      failed = -1;
    }
  }

  #dirtyUpdate(failed: number, version: number): void {
    const { writerOf, valueAt, keyOf, keys } = this.#table;
    const [a, b] = [writerOf.at(failed), writerOf.at(version)];
    this.#findings.add("dirty-update", [a, b], () => {
      const key = keys[keyOf.at(version)]!;
      const [first, second] = [showValue(valueAt[failed]!), showValue(valueAt[version]!)];
      return [
        `T${b} appended ${second} to ${key} behind ${first}, but T${a}, which wrote it, failed`,
      ];
    });
  }

  #judgeReads(): void {
    const { count, outcome, ops } = this.#txns;
    const table = this.#table;
    const keys = table.keys.length;
    const touchedBy = intTable(keys).fill(NOBODY);
    const readBy = intTable(keys).fill(NOBODY);
    const readVersion = intTable(keys);
    const updatedBy = intTable(keys).fill(NOBODY);
    this.#updaterOf = intTable(table.valueAt.length).fill(NOBODY);
    let at = 0;
    for (let txn = 0; txn < count; txn++) {
      if (outcome[txn] !== OK) {
        at += ops[txn]!.length;
        continue;
      }
      let again = false;
      for (const op of ops[txn]!) {
        const key = this.#opKeys.at(at++);
        if (touchedBy[key] === txn) again = true;
        touchedBy[key] = txn;
        if (op[0] === "r") {
          const version = this.#judgeRead(txn, key, listOf(op[2]));
          if (version >= 0) table.addReader(version, txn);
          if (readBy[key] === txn) continue;
          readBy[key] = txn;
          readVersion[key] = version;
        } else if (readBy[key] === txn && updatedBy[key] !== txn) {
          updatedBy[key] = txn;
          if (readVersion[key]! >= 0) this.#update(txn, readVersion[key]!);
        }
      }
      if (again) checkWithin(txn, ops[txn]!, this.#findings);
    }
  }

  /** The version that a read of `list` saw, or -1 if its last element tells none. */
  #judgeRead(txn: number, key: number, list: readonly Scalar[]): number {
    const table = this.#table;
    if (list.length === 0) return table.first(key);
    const longest = this.#longest[key]!;
    if (!isPrefix(list, longest)) return this.#judgeStray(txn, key, list);
    const { length } = list;
    const unwritten = this.#firstUnwritten.at(key);
    const repeated = this.#firstRepeated.at(key);
    const failed = this.#firstFailed.at(key);
    if (length > unwritten) this.#garbage(txn, key, list, unwritten);
    if (length > repeated) this.#repeated(txn, key, list, repeated);
    if (length > failed) this.#aborted(txn, key, list, table.find(key, list[failed]!)!);
    const plain = length <= unwritten && length <= repeated;
    const version = plain
      ? this.#order.at(this.#orderStart.at(key) + length - 1)
      : table.find(key, list[length - 1]!);
    if (version === undefined) return -1;
    this.#judgeLast(txn, key, list, version);
    return version;
  }

  /** A list that the longest read of its key does not begin with. */
  #judgeStray(txn: number, key: number, list: readonly Scalar[]): number {
    const table = this.#table;
    const name = table.keys[key]!;
    const other = this.#longestBy.at(key);
    const longest = this.#longest[key]!;
    this.#findings.add("incompatible-order", [txn, other], () => [
      `T${txn} read ${name}=${showValue(list)}, but T${other} read ${name}=${showValue(longest)}`,
      "Neither list begins with the other, so they do not come from one order of appends",
    ]);
    const seen = new Set<Scalar>();
    let last: number | undefined;
    list.forEach((element, at) => {
      last = table.find(key, element);
      if (last === undefined) this.#garbage(txn, key, list, at);
      else if (this.#txns.outcome[table.writerOf.at(last)] === FAIL) {
        this.#aborted(txn, key, list, last);
      }
      if (seen.has(element)) this.#repeated(txn, key, list, at);
      seen.add(element);
    });
    if (last === undefined) return -1;
    this.#judgeLast(txn, key, list, last);
    return last;
  }

  #garbage(txn: number, key: number, list: readonly Scalar[], at: number): void {
    this.#findings.add("garbage-read", [txn], () => [
      `T${txn} read ${this.#table.keys[key]}=${showValue(list)}, ` +
        `but no transaction appended ${showValue(list[at]!)}`,
    ]);
  }

  #repeated(txn: number, key: number, list: readonly Scalar[], at: number): void {
    this.#findings.add("duplicate-elements", [txn], () => [
      `T${txn} read ${this.#table.keys[key]}=${showValue(list)}, ` +
        `in which ${showValue(list[at]!)} stands more than once, but it was appended once`,
    ]);
  }

  #aborted(txn: number, key: number, list: readonly Scalar[], version: number): void {
    const writer = this.#table.writerOf.at(version);
    this.#findings.add("G1a", [txn, writer], () => [
      `T${txn} read ${this.#table.keys[key]}=${showValue(list)}, ` +
        `but T${writer}, which appended ${showValue(this.#table.valueAt[version]!)}, failed`,
    ]);
  }

  #judgeLast(txn: number, key: number, list: readonly Scalar[], version: number): void {
    const writer = this.#table.writerOf.at(version);
    if (this.#passing[version] === 0 || writer === txn) return;
    this.#findings.add("G1b", [txn, writer], () => [
      `T${txn} read ${this.#table.keys[key]}=${showValue(list)}, ` +
        `but ${showValue(this.#table.valueAt[version]!)} was not T${writer}'s last append to it`,
    ]);
  }

  #update(txn: number, version: number): void {
    const other = this.#updaterOf[version]!;
    if (other === NOBODY) {
      this.#updaterOf[version] = txn;
      return;
    }
    const key = this.#table.keys[this.#table.keyOf.at(version)]!;
    const value = this.#table.valueAt[version]!;
    const state = value === null ? "the empty list" : `the list up to ${showValue(value)}`;
    this.#findings.add("lost-update", [other, txn], () => [
      `T${other} and T${txn} both read ${state} of ${key} and both appended to it, ` +
        "so one of them did not see what it wrote on top of",
    ]);
  }

  #linkVersions(): void {
    const table = this.#table;
    for (let version = 0; version < table.valueAt.length; version++) {
      if (table.valueAt[version] === null) continue;
      const key = table.keyOf.at(version);
      const place = this.#placeOf[version]!;
      const start = this.#orderStart.at(key);
      const end = this.#orderStart.at(key + 1);
      assert(place < end - start, "a place is inside its key's order");
      // What no read shows came after all that reads show.
      const at = place >= 0 ? start + place : end;
      table.addNext(at > start ? this.#order.at(at - 1) : table.first(key), version);
    }
  }
}

function isPrefix(list: readonly Scalar[], longest: readonly Scalar[]): boolean {
  if (list === longest) return true;
  for (let at = 0; at < list.length; at++) if (list[at] !== longest[at]) return false;
  return true;
}

function scalar(value: unknown): Scalar {
  assert(value !== null && typeof value !== "object", "a written value is a single value");
  return value as Scalar;
}
