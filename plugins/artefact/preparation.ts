/** Preparing an artefact of any kind for the simulated nodes, before any run. */
import { createHash } from "node:crypto";
import type { PreparedPlugin } from "../api.ts";
import { prepareScript } from "../host/javascript/preparation.ts";
import type { ArtefactProblem } from "../host/wasm/description.ts";
import { prepareWasm } from "../host/wasm/preparation.ts";
import type { ArtefactKind } from "./artefact-file.ts";
import { FileCache } from "./file-cache.ts";
import { scriptEngine } from "./script-engine-file.ts";

/** An artefact that cannot be hosted: `inspect` refuses it, `verify` reports a finding. */
export type BrokenArtefact = ArtefactProblem & {
  readonly kind: "broken";
  /** SHA-256 of its bytes, lower-case hexadecimal. */
  readonly hash: string;
};

export type PreparationOptions = {
  readonly kind: ArtefactKind;
  /**
   * A folder for prepared modules, for example `.coprsim/cache`; null keeps them in memory only.
   */
  readonly cacheFolder: string | null;
};

/** Prepared in this process, by kind and hash; the oldest goes first. */
const prepared = new Map<string, Promise<PreparedPlugin | BrokenArtefact>>();
const preparedMax = 64;

/**
 * Prepares an artefact; equal bytes are prepared once. What is wrong with the bytes is a value,
 * so it throws for faults of the test bed only.
 */
export function prepareArtefact(
  bytes: Uint8Array,
  options: PreparationOptions,
): Promise<PreparedPlugin | BrokenArtefact> {
  const hash = createHash("sha256").update(bytes).digest("hex");
  const key = `${options.kind}:${hash}`;
  const known = prepared.get(key);
  if (known !== undefined) return known;
  const made = prepareNew(bytes, hash, options);
  prepared.set(key, made);
  made.catch(() => prepared.delete(key));
  for (const oldest of prepared.keys()) {
    if (prepared.size <= preparedMax) break;
    prepared.delete(oldest);
  }
  return made;
}

async function prepareNew(
  bytes: Uint8Array,
  hash: string,
  { kind, cacheFolder }: PreparationOptions,
): Promise<PreparedPlugin | BrokenArtefact> {
  if (kind === "native") {
    const reason = "a native library is inspected, never executed: build the plugin as .wasm";
    return { kind: "broken", hash, code: "unhosted", reason };
  }
  if (kind === "javascript") {
    const plugin = await prepareScript({ hash, bytes, engine: await scriptEngine() });
    return "kind" in plugin ? plugin : { kind: "broken", hash, ...plugin };
  }
  const cache = cacheFolder === null ? null : new FileCache(cacheFolder);
  const plugin = await prepareWasm(bytes, cache);
  return "kind" in plugin ? plugin : { kind: "broken", hash, ...plugin };
}
