/** What families of faults are drawn from, and what they draw. */
import type { MomentName } from "../moments/index.ts";
import type { Breakage, Trigger } from "../plan.ts";

/** What a plan's shape says about its faults. */
export type FaultWorld = {
  readonly stores: number;
  /** How many keys the workload has; `keyOf` names them. */
  readonly keys: number;
  /** Where the key space is cut from the start. */
  readonly cuts: readonly string[];
  readonly breakUs: number;
  /** All times are multiplied by it: 1 in the fast profile. */
  readonly times: number;
  readonly unrestricted: boolean;
};

/** What one fault is drawn from. */
export type FaultParts = {
  readonly world: FaultWorld;
  /** The only store whose disk may be damaged. */
  readonly damaged: number;
  readonly store: number;
  readonly atUs: number;
  /** Its trigger is a moment: store 0 is the store of the moment. */
  readonly atMoment: boolean;
  /** Draws of 32 bits, to be used freely. */
  readonly numbers: readonly [number, number, number, number];
};

/** A fault without its number. `trigger` is missing where it is `atUs`. */
export type Drawn = {
  readonly atUs: number;
  readonly trigger?: Trigger;
  readonly store: number;
  readonly forUs: number;
  readonly breakage: Breakage;
};

export type Family = {
  /** One fault, or several that make one story; the first may be moved to a moment. */
  readonly draw: (parts: FaultParts) => readonly Drawn[];
  /** The moments at which such a fault may begin; none where its time does not matter. */
  readonly moments: readonly MomentName[];
};

/** An integer of a range from a draw of 32 bits. */
export const within = (drawn: number, min: number, max: number): number =>
  min + (drawn % (max - min + 1));

/** How many regions there are from the start. */
export const regionsOf = ({ cuts }: FaultWorld): number => cuts.length + 1;

/** A duration in microseconds: a short one is as likely as a long one. */
export function lasting(
  { times }: FaultWorld,
  drawn: number,
  minMs: number,
  maxMs: number,
): number {
  let doublings = 1;
  while (minMs * 2 ** doublings < maxMs) doublings++;
  const low = minMs * 2 ** (drawn % doublings);
  return within(drawn >>> 8, low, Math.min(maxMs, low * 2)) * 1_000 * times;
}
