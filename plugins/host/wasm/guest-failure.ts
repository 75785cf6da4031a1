/** Why a guest stopped before its function returned. */
import type { PluginLimits, PluginStep, TrapReason } from "../../api.ts";
import { isGuestTrap, isStackOverflow } from "./engine.ts";
import type { GuestExports } from "./guest-exports.ts";

/** The end of a guest that a host does not go on with. */
export type Failure = Extract<PluginStep, { kind: "panic" | "trap" }>;

/** What is known of the guest when it trapped, with fuel left. */
export type GuestState = {
  readonly guest: GuestExports;
  readonly limits: PluginLimits;
  /** True while its stack was being saved for a storage call. */
  readonly unwinding: boolean;
};

/** A trap with its text. */
export function trap(reason: TrapReason, text: string): Failure {
  return { kind: "trap", reason, text };
}

/**
 * The failure behind an error that came out of a guest. The injected code traps by `unreachable`
 * like the plugin's own, so what it counted tells them apart. Throws the error again if it is
 * none of the guest's: then the host itself is at fault.
 */
export function guestFailure(error: unknown, state: GuestState): Failure {
  const { guest, limits, unwinding } = state;
  if (isStackOverflow(error)) return trap("depth", "calls nested deeper than the engine's stack");
  if (!isGuestTrap(error)) throw error;
  if (unwinding) return trap("depth", "calls nested too deep to suspend");
  if (guest.depth.value < 0) return trap("depth", `calls nested deeper than ${limits.depth}`);
  if (guest.growsRefused.value !== 0) {
    const text = `wanted more than ${limits.memoryPages} pages of memory`;
    return trap("memory", `${text}, then: ${error.message}`);
  }
  return trap("trap", error.message);
}
