/** Orders of a register's versions that follow from who used it, one transaction after another. */
import type { IntList } from "./int-list.ts";
import { intTable } from "./int-table.ts";
import { OK, type Transactions } from "./interpret.ts";

/**
 * Who used which item, by rising number of the transaction: the version that it read first, if it
 * did so before it wrote, and the version that it wrote last; -1 for neither.
 */
export type Access = {
  readonly transaction: IntList;
  readonly key: IntList;
  readonly read: IntList;
  readonly written: IntList;
};

type Add = (before: number, after: number) => void;

/** Adds for each process: what it used of an item last before what it uses of it next. */
export function processOrder(txns: Transactions, access: Access, keys: number, add: Add): void {
  const { transaction, key } = access;
  const processes = txns.process.reduce((most, one) => Math.max(most, one), -1) + 1;
  // Accesses sorted by process: then one table by key serves all processes in turn.
  const order = groupBy(processes, transaction.length, (at) => txns.process[transaction.at(at)]!);
  const last = intTable(keys);
  const lastOwner = intTable(keys).fill(-1);
  for (const at of order) {
    const owner = transaction.at(at);
    if (txns.outcome[owner] !== OK) continue;
    const item = key.at(at);
    const process = txns.process[owner]!;
    if (lastOwner[item] === process) add(lastUse(access, last[item]!), firstUse(access, at));
    lastOwner[item] = process;
    last[item] = at;
  }
}

/**
 * Adds for each item: what a transaction used of it before what those use that began after it had
 * returned, leaving out pairs with a third transaction between them.
 */
export function realtimeOrder(txns: Transactions, access: Access, keys: number, add: Add): void {
  const { transaction, key } = access;
  const byKey = groupBy(keys, transaction.length, (at) => key.at(at));
  for (let from = 0; from < byKey.length; ) {
    let to = from + 1;
    while (to < byKey.length && key.at(byKey[to]!) === key.at(byKey[from]!)) to++;
    orderOne(txns, access, byKey.subarray(from, to), add);
    from = to;
  }
}

/** The transactions of one item, by rising time of invocation. */
function orderOne(txns: Transactions, access: Access, uses: Int32Array, add: Add): void {
  const { invokedAt, returnedAt, outcome } = txns;
  const owner = (at: number): number => access.transaction.at(at);
  const returns = uses
    .filter((at) => outcome[owner(at)] === OK)
    .sort((a, b) => returnedAt[owner(a)]! - returnedAt[owner(b)]!);
  /** Returned, and not known to be before another one that returned. */
  let frontier: number[] = [];
  let next = 0;
  for (const at of uses) {
    const began = invokedAt[owner(at)]!;
    for (; next < returns.length && returnedAt[owner(returns[next]!)]! < began; next++) {
      const done = returns[next]!;
      const doneBegan = invokedAt[owner(done)]!;
      frontier = frontier.filter((one) => returnedAt[owner(one)]! > doneBegan);
      frontier.push(done);
    }
    for (const before of frontier) add(lastUse(access, before), firstUse(access, at));
  }
}

function lastUse({ read, written }: Access, at: number): number {
  return written.at(at) >= 0 ? written.at(at) : read.at(at);
}

function firstUse({ read, written }: Access, at: number): number {
  return read.at(at) >= 0 ? read.at(at) : written.at(at);
}

/** The numbers below `length`, stably sorted by group. */
function groupBy(groups: number, length: number, groupOf: (at: number) => number): Int32Array {
  const start = intTable(groups + 1);
  for (let at = 0; at < length; at++) start[groupOf(at) + 1]!++;
  for (let group = 0; group < groups; group++) start[group + 1]! += start[group]!;
  const order = intTable(length);
  for (let at = 0; at < length; at++) order[start[groupOf(at)]!++] = at;
  return order;
}
