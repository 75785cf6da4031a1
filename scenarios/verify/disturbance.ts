/** What happens beside a case's request: retries, other clients, leaders that are gone, load. */
import type { KeyRange } from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";

/** A write of another client: the key's new value, null where it is deleted. */
export type OtherWrite = { readonly key: string; readonly value: Uint8Array | null };

/** How a request came to its end at the write where it was cut. */
export const cutModes = ["notApplied", "applied", "appliedThenError"] as const;
/** One of them. */
export type CutMode = (typeof cutModes)[number];

/** Who works beside the request: a second request of the plugin, or a plain RawPut. */
export type Rival =
  | { readonly kind: "request"; readonly ranges: readonly KeyRange[]; readonly request: Uint8Array }
  | { readonly kind: "put"; readonly key: string; readonly value: Uint8Array };

/** What can happen to a region under a request. */
export const regionEvents = ["transfer", "split"] as const;
/** One of them. */
export type RegionEvent = (typeof regionEvents)[number];

/** What an operator does to plugin directories under load. */
export const directoryStories = [
  "newPath", // a new version beside the old one, which is deleted later
  "slowCopy", // the same, but the file is there in parts for a while
  "samePath", // the new version over the old one
  "rename", // the file gets another name
  "twice", // the very same plugin under a second name
] as const;
/** One of them. */
export type DirectoryStory = (typeof directoryStories)[number];

/** One thing that happens beside the request of a case. */
export type Disturbance =
  /** The request dies at the write after `writes` others; the client sends all of it again. */
  | { readonly kind: "cut"; readonly writes: number; readonly mode: CutMode }
  /** An old copy of the request, `calls` storage calls old, goes on after its retry succeeded. */
  | { readonly kind: "duplicate"; readonly calls: number }
  /** Others commit these writes, all at once, after so many storage calls. */
  | { readonly kind: "commit"; readonly afterCall: number; readonly writes: readonly OtherWrite[] }
  /** Two at the same time: `order` says whose storage call is next, "a" the case's own. */
  | { readonly kind: "interleaving"; readonly rival: Rival; readonly order: string }
  /** The leader is cut off; what the rival does reaches the new one. */
  | { readonly kind: "staleLeader"; readonly rival: Rival }
  /** After so many storage calls the region is split at `key`, or has another leader (key ""). */
  | {
      readonly kind: "regionEvent";
      readonly event: RegionEvent;
      readonly key: string;
      readonly afterCall: number;
    }
  /**
   * As an interleaving, but the plugin is loaded again before the second of them begins: the first
   * goes on with the old load.
   */
  | { readonly kind: "reload"; readonly rival: Rival; readonly order: string }
  /** Plugin directories change while requests come in. */
  | { readonly kind: "directory"; readonly story: DirectoryStory }
  /** So many requests at any time. */
  | { readonly kind: "load"; readonly concurrent: number };

/** Smaller disturbances that may show the same thing, the smallest first. */
export function simplerDisturbances(one: Disturbance): readonly Disturbance[] {
  switch (one.kind) {
    case "cut":
      return below(one.writes).map((writes) => ({ ...one, writes }));
    case "duplicate":
      return below(one.calls).map((calls) => ({ ...one, calls }));
    case "commit":
      return [
        ...one.writes.map((_, at) => ({ ...one, writes: one.writes.toSpliced(at, 1) })),
        ...below(one.afterCall).map((afterCall) => ({ ...one, afterCall })),
      ];
    case "regionEvent":
      return below(one.afterCall).map((afterCall) => ({ ...one, afterCall }));
    case "interleaving":
    case "reload":
      return simplerOrders(one.order).map((order) => ({ ...one, order }));
    case "load":
      return [...new Set([1, one.concurrent >> 1, one.concurrent - 1])]
        .filter((concurrent) => concurrent > 0 && concurrent < one.concurrent)
        .map((concurrent) => ({ ...one, concurrent }));
    case "staleLeader":
    case "directory":
      return [];
    default:
      return unreachable(one);
  }
}

const below = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

/** One storage call less, then one change of lanes less. */
function simplerOrders(order: string): readonly string[] {
  const shorter = below(order.length).map((at) => order.slice(0, at) + order.slice(at + 1));
  const swapped = below(Math.max(0, order.length - 1))
    .map((at) => order.slice(0, at) + order[at + 1] + order[at] + order.slice(at + 2))
    .filter((other) => lanes(other) < lanes(order));
  return [...new Set([...shorter, ...swapped])];
}

/** How often the order changes from one lane to the other. */
export function lanes(order: string): number {
  let count = 0;
  for (let at = 1; at < order.length; at++) if (order[at] !== order[at - 1]) count++;
  return count;
}
