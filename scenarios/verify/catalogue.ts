/** The checks that this version has. */
import type { Check } from "./check.ts";
import { abiMatrix } from "./checks/abi-matrix.ts";
import { boundedWork } from "./checks/bounded-work.ts";
import { containment } from "./checks/containment.ts";
import { determinism } from "./checks/determinism.ts";
import { errorPropagation } from "./checks/error-propagation.ts";
import { fairness } from "./checks/fairness.ts";
import { hotReload } from "./checks/hot-reload.ts";
import { lostUpdates } from "./checks/lost-updates.ts";
import { malformedRequests } from "./checks/malformed-requests.ts";
import { panicSafety } from "./checks/panic-safety.ts";
import { rangeEdges } from "./checks/range-edges.ts";
import { regionChanges } from "./checks/region-changes.ts";
import { retryIdempotency } from "./checks/retry-idempotency.ts";
import { sideEffects } from "./checks/side-effects.ts";
import { splitInvariance } from "./checks/split-invariance.ts";
import { staleLeaders } from "./checks/stale-leaders.ts";
import { tornReads } from "./checks/torn-reads.ts";

/** In the order in which they run: what one node does before what a cluster does. */
export const checkCatalogue: readonly Check[] = [
  abiMatrix,
  determinism,
  containment,
  panicSafety,
  malformedRequests,
  rangeEdges,
  splitInvariance,
  retryIdempotency,
  regionChanges,
  errorPropagation,
  tornReads,
  lostUpdates,
  staleLeaders,
  boundedWork,
  fairness,
  hotReload,
  sideEffects,
];

/** The check of a number such as "C3", or null. */
export function checkById(id: string): Check | null {
  return checkCatalogue.find((check) => check.id === id) ?? null;
}
