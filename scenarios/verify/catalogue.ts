/** The checks that this version has. */
import type { Check } from "./check.ts";
import { splitInvariance } from "./checks/split-invariance.ts";

/** In the order in which they run: what one node does before what a cluster does. */
export const checkCatalogue: readonly Check[] = [splitInvariance];

/** The check of a number such as "C3", or null. */
export function checkById(id: string): Check | null {
  return checkCatalogue.find((check) => check.id === id) ?? null;
}
