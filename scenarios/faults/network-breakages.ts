/** How the network breaks: each breakage of a plan through the kernel's verbs. */
import type { Cluster } from "../../nodes/index.ts";
import { unreachable } from "../../sim/assert.ts";
import type { NetworkFaults, ProcessId } from "../../sim/index.ts";
import type { Breakage, Scope } from "../plan.ts";
import type { Levers, Pull, Undo } from "./lever.ts";

/** The breakages that rules on links make. */
export type LinkBreakage = Extract<Breakage, { readonly scope: Scope }>;
/** The breakages that cut groups of stores from each other. */
export type CutBreakage = Extract<
  Breakage,
  { readonly kind: "isolate" | "partition" | "bridge" | "majorityRing" }
>;

export type NetworkParts = {
  readonly network: NetworkFaults;
  readonly cluster: Cluster;
  readonly levers: Levers;
};

/** How late a second copy, or a message that others pass, can be. */
const spreadUs = 50_000;

/** Begins a breakage on links. `store` stands for the 0 of a scope. */
export function breakLinks(parts: NetworkParts, breakage: LinkBreakage, store: number): Undo {
  const { network, cluster, levers } = parts;
  const undos = placesOf(cluster, breakage, store).map((where) => {
    const pull = pullOf(network, breakage, where);
    return levers.pull(`${breakage.kind} ${placeName(where)}`, pull);
  });
  return () => {
    for (const undo of undos) undo();
  };
}

function pullOf(network: NetworkFaults, breakage: LinkBreakage, where: Place): Pull {
  switch (breakage.kind) {
    case "drop": {
      const apply = () => network.drop(where, breakage.perMille * 1_000);
      return { apply, clear: () => network.deliver(where) };
    }
    case "duplicate": {
      const spread = { perMillion: breakage.perMille * 1_000, spreadUs };
      return {
        apply: () => network.duplicate(where, spread),
        clear: () => network.single(where),
      };
    }
    case "reorder": {
      const spread = { perMillion: breakage.perMille * 1_000, spreadUs };
      return { apply: () => network.reorder(where, spread), clear: () => network.order(where) };
    }
    case "delay": {
      const { minUs, maxUs } = breakage;
      const apply = () => network.delay(where, { minUs, maxUs });
      return { apply, clear: () => network.hasten(where) };
    }
    case "capacity": {
      const apply = () => network.limit(where, breakage.messages);
      return { apply, clear: () => network.unlimit(where) };
    }
    case "corrupt": {
      const apply = () => network.corrupt(where, breakage.perMille * 1_000);
      return { apply, clear: () => network.clean(where) };
    }
    case "clog":
      return { apply: () => network.clog(where), clear: () => network.unclog(where) };
    case "hold":
      return { apply: () => network.hold(where), clear: () => network.release(where) };
    case "refuse":
      return { apply: () => network.refuse(where), clear: () => network.accept(where) };
    case "hang":
      return { apply: () => network.hang(where), clear: () => network.answer(where) };
    default:
      return unreachable(breakage);
  }
}

/**
 * The links of a scope as the kernel's places, none of which is part of another that the same scope
 * gives. Requests are never repeated: connections of clients are streams.
 */
function placesOf(cluster: Cluster, breakage: LinkBreakage, store: number): readonly Place[] {
  const { scope } = breakage;
  const stores = cluster.storeIds.map((id) => cluster.processOf(id));
  if (breakage.kind === "duplicate" && scope.kind !== "link") {
    const isOne = scope.kind === "store" || scope.kind === "peers";
    return pairsWith(stores, isOne ? cluster.processOf(scope.store || store) : null);
  }
  switch (scope.kind) {
    case "all":
      return stores.map((process) => ({ kind: "process", process }));
    case "stores":
      return pairsOf(stores);
    case "clients":
      return cluster.clientProcesses.map((process) => ({ kind: "process", process }));
    case "peers":
      return pairsWith(stores, cluster.processOf(scope.store || store));
    case "store":
      return [{ kind: "process", process: cluster.processOf(scope.store || store) }];
    case "link": {
      const [from, to] = [cluster.processOf(scope.from), cluster.processOf(scope.to)];
      return [{ kind: "link", from, to }];
    }
    default:
      return unreachable(scope);
  }
}

type Pair = { readonly kind: "pair"; readonly a: ProcessId; readonly b: ProcessId };
type Place =
  | Pair
  | { readonly kind: "process"; readonly process: ProcessId }
  | { readonly kind: "link"; readonly from: ProcessId; readonly to: ProcessId };

function pairsOf(processes: readonly ProcessId[]): readonly Pair[] {
  return processes.flatMap((a, at) =>
    processes.slice(at + 1).map((b): Pair => ({ kind: "pair", a, b })),
  );
}

/** The pairs that one process is part of; all pairs for null. */
function pairsWith(processes: readonly ProcessId[], one: ProcessId | null): readonly Pair[] {
  return pairsOf(processes).filter(({ a, b }) => one === null || a === one || b === one);
}

function placeName(where: Place): string {
  switch (where.kind) {
    case "process":
      return `process ${where.process}`;
    case "pair":
      return `pair ${where.a} ${where.b}`;
    case "link":
      return `link ${where.from} ${where.to}`;
    default:
      return unreachable(where);
  }
}

/** Begins a cut. `store` stands for a 0 of the breakage. */
export function cutNetwork(parts: NetworkParts, breakage: CutBreakage, store: number): Undo {
  const { network, cluster } = parts;
  const id = cut(network, cluster, breakage, store);
  return () => network.heal(id);
}

function cut(
  network: NetworkFaults,
  cluster: Cluster,
  breakage: CutBreakage,
  store: number,
): number {
  const processes = (ids: readonly number[]) => ids.map((id) => cluster.processOf(id));
  switch (breakage.kind) {
    case "isolate":
      return network.isolate(cluster.processOf(store));
    case "partition": {
      const side = breakage.side.map((id) => id || store);
      const others = cluster.storeIds.filter((id) => !side.includes(id));
      const groups = [processes([...new Set(side)]), processes(others)] as const;
      if (!breakage.oneWay) return network.partition(groups);
      return network.partitionOneWay({ from: groups[0], to: groups[1] });
    }
    case "bridge": {
      const { bridge } = breakage;
      const left = processes(cluster.storeIds.filter((id) => id < bridge));
      const right = processes(cluster.storeIds.filter((id) => id > bridge));
      return network.bridge({ left, right, bridge: cluster.processOf(bridge) });
    }
    case "majorityRing":
      return network.majorityRing(processes(cluster.storeIds));
    default:
      return unreachable(breakage);
  }
}
