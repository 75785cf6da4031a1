/** Whose semantics plugins get: TiKV's as they are, or those of a careful host. */
export type Fidelity = "tikv" | "contract";
