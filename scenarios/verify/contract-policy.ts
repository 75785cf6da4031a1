/** What an author declares besides codec and merge, where checks would otherwise have to guess. */

/**
 * Which keys a request may touch. `strict`: those in its ranges. `reads-may-leave`: reads touch any
 * key; the author takes upon himself that TiKV clips them at region ends. `prefixes` (latin1): keys
 * below them may be read and written, too.
 */
export type Containment = "strict" | "reads-may-leave" | { readonly prefixes: readonly string[] };

/** How often a key counts that lies in several ranges of one request. */
export type OverlapPolicy = "dedupe" | "count-twice" | "refuse";
