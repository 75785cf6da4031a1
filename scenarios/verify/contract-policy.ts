/** What an author declares besides codec and merge, where checks would otherwise have to guess. */
import type { KeyRange, StorageCall } from "../../plugins/index.ts";
import { isWriteCall } from "./told-text.ts";

/**
 * Which keys a request may touch. `strict`: those in its ranges. `reads-may-leave`: reads touch any
 * key; the author takes upon himself that TiKV clips them at region ends. `prefixes` (latin1): keys
 * below them may be read and written, too.
 */
export type Containment = "strict" | "reads-may-leave" | { readonly prefixes: readonly string[] };

/** The ranges that a policy adds to those of the request. */
export function policyRanges(policy: Containment, call: StorageCall): readonly KeyRange[] {
  if (policy === "strict") return [];
  if (policy === "reads-may-leave") return isWriteCall(call) ? [] : [{ start: "", end: "" }];
  return policy.prefixes.map((prefix) => ({ start: prefix, end: prefixEnd(prefix) }));
}

/** The first key behind all keys with a prefix; "" if there is none. */
export function prefixEnd(prefix: string): string {
  const kept = prefix.replace(/\xff+$/, "");
  if (kept === "") return "";
  return kept.slice(0, -1) + String.fromCharCode(kept.charCodeAt(kept.length - 1) + 1);
}
