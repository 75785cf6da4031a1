/** Faults of the network as rules: what happens, on which links, to which kinds of messages. */
import { unreachable } from "../assert.ts";
import type { ProcessId } from "../process.ts";

/** A range of latencies, both ends included. */
export type Latency = { readonly minUs: number; readonly maxUs: number };

/** The network's faults and their numbers in kernel events. */
export const networkFaults = {
  partition: 1,
  drop: 2,
  duplicate: 3,
  reorder: 4,
  delay: 5,
  limit: 6,
  clog: 7,
  hold: 8,
  corrupt: 9,
  refuse: 10,
  hang: 11,
} as const;

export type NetworkFault = keyof typeof networkFaults;

/** Which links a rule is about. A process's messages to itself never leave it: no rule holds. */
export type Scope =
  | { readonly kind: "all" }
  /** One direction of one connection. */
  | { readonly kind: "link"; readonly from: ProcessId; readonly to: ProcessId }
  /** Both directions of one connection. */
  | { readonly kind: "pair"; readonly a: ProcessId; readonly b: ProcessId }
  /** Every link from and to a process. */
  | { readonly kind: "process"; readonly process: ProcessId }
  /** Every link between a zone and the others. */
  | { readonly kind: "zone"; readonly zone: string };

/** Where a rule holds: its links and, when given, the message kinds it is about. */
export type Where = Scope & { readonly kinds?: readonly number[] };

/** Who cannot reach whom. */
export type Cut =
  /** Members of different groups. A process in no group reaches, and is reached by, everybody. */
  | { readonly kind: "groups"; readonly groups: readonly (readonly ProcessId[])[] }
  /** Nothing passes from `from` to `to`; the other way is open. */
  | {
      readonly kind: "oneWay";
      readonly from: readonly ProcessId[];
      readonly to: readonly ProcessId[];
    }
  | { readonly kind: "isolate"; readonly process: ProcessId }
  /** Each member reaches its neighbours in the ring only: a majority, another for each member. */
  | { readonly kind: "ring"; readonly members: readonly ProcessId[] };

/** A number that names one partition, for healing it alone. */
export type CutId = number;

/** One end of a link, as rules see it. */
export type End = { readonly id: ProcessId; readonly zone: string };

/** A rule in force. What the two values mean is the fault's. */
export type Rule = {
  readonly fault: NetworkFault;
  readonly where: Where;
  /** drop, duplicate, reorder, corrupt: the odds in a million; delay: the shortest latency. */
  readonly first: number;
  /** duplicate, reorder: the spread; delay: the longest latency; limit: the messages in flight. */
  readonly second: number;
};

/** Whether a scope holds on the link between two ends. */
export function holdsOn(scope: Scope, from: End, to: End): boolean {
  if (from.id === to.id) return false;
  switch (scope.kind) {
    case "all":
      return true;
    case "link":
      return scope.from === from.id && scope.to === to.id;
    case "pair":
      return joins(scope.a, scope.b, from.id, to.id) || joins(scope.b, scope.a, from.id, to.id);
    case "process":
      return scope.process === from.id || scope.process === to.id;
    case "zone":
      return (scope.zone === from.zone) !== (scope.zone === to.zone);
    default:
      return unreachable(scope);
  }
}

const joins = (a: ProcessId, b: ProcessId, from: ProcessId, to: ProcessId): boolean =>
  a === from && b === to;

/** Whether two rules are about the same place, so that undoing one undoes the other. */
export function isSamePlace(one: Where, other: Where): boolean {
  return placeKey(one) === placeKey(other);
}

function placeKey(where: Where): string {
  const kinds = where.kinds === undefined ? "" : where.kinds.join(",");
  switch (where.kind) {
    case "all":
      return `all ${kinds}`;
    case "link":
      return `link ${where.from} ${where.to} ${kinds}`;
    case "pair":
      return `pair ${Math.min(where.a, where.b)} ${Math.max(where.a, where.b)} ${kinds}`;
    case "process":
      return `process ${where.process} ${kinds}`;
    case "zone":
      return `zone ${kinds} ${where.zone}`;
    default:
      return unreachable(where);
  }
}

/** Whether a cut keeps messages of `from` away from `to`. */
export function cuts(cut: Cut, from: ProcessId, to: ProcessId): boolean {
  if (from === to) return false;
  switch (cut.kind) {
    case "groups": {
      const left = cut.groups.findIndex((group) => group.includes(from));
      const right = cut.groups.findIndex((group) => group.includes(to));
      return left >= 0 && right >= 0 && left !== right;
    }
    case "oneWay":
      return cut.from.includes(from) && cut.to.includes(to);
    case "isolate":
      return cut.process === from || cut.process === to;
    case "ring":
      return !reachesInRing(cut.members, from, to);
    default:
      return unreachable(cut);
  }
}

/** In a ring of n, members up to half of a majority's others away, on either side, are reached. */
function reachesInRing(members: readonly ProcessId[], from: ProcessId, to: ProcessId): boolean {
  const left = members.indexOf(from);
  const right = members.indexOf(to);
  if (left < 0 || right < 0) return true;
  const around = Math.abs(left - right);
  const distance = Math.min(around, members.length - around);
  const others = Math.floor(members.length / 2);
  return distance <= Math.ceil(others / 2);
}
