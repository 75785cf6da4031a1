/** Mutants by their id, built when they are asked for. */
import type { System } from "../scenarios/index.ts";

/** The mutated build of the system. Throws `UserError` for an unknown id. */
export async function mutantSystem(id: string): Promise<System> {
  const { buildMutant, findMutant } = await import("../scenarios/zoo/index.ts");
  return buildMutant(findMutant(id), { assertions: true });
}
