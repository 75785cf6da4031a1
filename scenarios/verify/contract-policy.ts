/** What an author declares besides codec and merge, where checks would otherwise have to guess. */
import { type BuildInfo, hostBuildInfo, hostSurface } from "../../plugins/index.ts";

/**
 * Which keys a request may touch. `strict`: those in its ranges. `reads-may-leave`: reads touch any
 * key; the author takes upon himself that TiKV clips them at region ends. `prefixes` (latin1): keys
 * below them may be read and written, too.
 */
export type Containment = "strict" | "reads-may-leave" | { readonly prefixes: readonly string[] };

/** How often a key counts that lies in several ranges of one request. */
export type OverlapPolicy = "dedupe" | "count-twice" | "refuse";

/** A TiKV that is to load the plugin: what its build says, and its trait surface. */
export type TikvBuild = BuildInfo & {
  /** As `surfaceHash` gives it. Left out: the surface since tikv#15247. */
  readonly surface?: string;
};

/**
 * TiKV's `storage.api-version` on the clusters that the plugin is for, and whether values there may
 * have a TTL. `v2`: keys carry the mode byte `r` and three bytes of keyspace.
 */
export type StorageApi = "v1" | "v1ttl" | "v2";

/** What a contract may declare; each has a default. */
export type Declared = {
  /** Which keys a request may touch. Default: "strict". */
  readonly containment: Containment;
  /** What overlapping ranges mean. null, the default: one meaning, whichever it is. */
  readonly overlaps: OverlapPolicy | null;
  /** Default: "v1". */
  readonly storage: StorageApi;
  /** The TiKVs that are to load the plugin. Default: the one that is simulated. */
  readonly tikv: readonly TikvBuild[];
  /** The `copr_version_req` that clients send. Default: none in particular. */
  readonly requirements: readonly string[];
  /** The trait surface that the plugin was compiled against. Default: that since tikv#15247. */
  readonly surface: string;
};

/** A definition's declarations, with the defaults for what it leaves out. */
export function declaredBy(definition: Partial<Declared>): Declared {
  return {
    containment: definition.containment ?? "strict",
    overlaps: definition.overlaps ?? null,
    storage: definition.storage ?? "v1",
    tikv: definition.tikv ?? [{ ...hostBuildInfo, surface: hostSurface }],
    requirements: definition.requirements ?? [],
    surface: definition.surface ?? hostSurface,
  };
}
