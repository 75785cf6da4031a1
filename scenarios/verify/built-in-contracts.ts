/** The contracts of the example plugins, by the plugin's name. */
import type { Contract } from "./contract.ts";
import { aggregateContract } from "./contracts/aggregate.ts";

/** Contracts that need no file. */
export const builtInContracts: ReadonlyMap<string, Contract> = new Map([
  ["aggregate", aggregateContract],
]);
