/** A broken invariant: a bug in this code base, never a condition to handle or retry. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Stops the run when `condition` does not hold. `claim` states the invariant positively. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new InvariantError(`does not hold: ${claim}`);
}

/** Ends an exhaustive switch: a new variant without its own case fails to compile. */
export function unreachable(value: never): never {
  throw new InvariantError(`unhandled variant: ${JSON.stringify(value)}`);
}
