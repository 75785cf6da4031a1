/** The contracts of the example plugins, by the plugin's name. */
import type { Contract } from "./contract.ts";
import { aggregateContract } from "./contracts/aggregate.ts";
import { cacheContract } from "./contracts/cache.ts";
import { nGramContract } from "./contracts/n-gram.ts";

/** Contracts that need no file. */
export const builtInContracts: ReadonlyMap<string, Contract> = new Map([
  ["aggregate", aggregateContract],
  ["cache", cacheContract],
  ["n-gram", nGramContract],
]);
