/** Mixes of fault families that several specs use. */
import type { FaultCounts } from "../spec.ts";

/** Every family: the default portfolio breaks whatever can break. */
export const everyFault: FaultCounts = {
  crash: { min: 1, max: 3 },
  powerLoss: { min: 1, max: 3 },
  pause: { min: 1, max: 2 },
  slow: { min: 1, max: 2 },
  partition: { min: 1, max: 4 },
  loss: { min: 1, max: 4 },
  latency: { min: 1, max: 3 },
  connection: { min: 1, max: 2 },
  diskLatency: { min: 1, max: 2 },
  diskError: { min: 1, max: 1 },
  diskDamage: { min: 1, max: 1 },
  wallClock: { min: 1, max: 2 },
  monotonicDrift: { min: 1, max: 3 },
  transfer: { min: 1, max: 4 },
  succession: { min: 1, max: 1 },
  heldBack: { min: 1, max: 1 },
  coup: { min: 1, max: 1 },
  abdication: { min: 1, max: 1 },
};

/** What takes stores away and brings them back. */
export const outages: FaultCounts = {
  crash: { min: 1, max: 6 },
  powerLoss: { min: 1, max: 6 },
  pause: { min: 1, max: 3 },
};

/** What a network does. */
export const networkFaults: FaultCounts = {
  partition: { min: 2, max: 6 },
  loss: { min: 1, max: 5 },
  latency: { min: 1, max: 4 },
  connection: { min: 1, max: 3 },
};
