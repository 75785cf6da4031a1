/**
 * The catalogue of failpoints: TiKV's names, at the places where TiKV has them. A point takes a
 * `return` only where TiKV's macro has a closure that yields a value; elsewhere it is a panic.
 * Source: tikv/tikv 8e96471; the file of each point is in `where`.
 */

import { replicaPoints } from "./points-replica.ts";
import { requestPoints } from "./points-request.ts";

/** What a place in the code is of. A point may concern one store, region or peer only. */
export type Place = {
  readonly storeId?: number;
  readonly regionId?: number;
  readonly peerId?: number;
};

/** One point of the catalogue. */
export type PointInfo = {
  /** TiKV's file; our store has the point at the same step. */
  readonly where: string;
  /** The step: what is about to happen there, or just has. */
  readonly step: string;
  /** The tasks that make sense there, separated by spaces; `off` always does. */
  readonly may: string;
  /** What a `return` does, or null where it is a panic. */
  readonly returns: string | null;
  /** The only store, region or peer it concerns; null is all. */
  readonly only: Place | null;
};

/** Points by name. */
export type FailpointCatalogue<Name extends string = string> = Readonly<Record<Name, PointInfo>>;

/** The name of a point of the catalogue. */
export type FailpointName = keyof typeof requestPoints | keyof typeof replicaPoints;

/** The points of a simulated cluster, grouped as a request meets them. */
export const failpointCatalogue: FailpointCatalogue<FailpointName> = {
  ...requestPoints,
  ...replicaPoints,
};
