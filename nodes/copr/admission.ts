/**
 * Whether a request gets a plugin, and which: the checks before any plugin runs, in TiKV's order
 * and words. Source: TiKV src/coprocessor_v2/endpoint.rs (`handle_request_impl`).
 */
import type { Generation, PluginRegistry } from "../../plugins/index.ts";
import {
  displayRequirement,
  displayVersion,
  knownTexts,
  matches,
  parseRequirement,
} from "../../plugins/version/index.ts";
import { unreachable } from "../../sim/assert.ts";
import { digestText } from "../../sim/bytes.ts";
import type { Machine } from "../../sim/process.ts";
import { regionErrorMessage } from "../errors.ts";
import { eventKinds, rejections } from "../events.ts";
import type { Waiter } from "../store/waiter.ts";
import type { EarlyRefusal, EndpointPolicy } from "./policy.ts";

const requirementOf = knownTexts((text) => parseRequirement(text));

export type AdmissionOptions = {
  readonly machine: Machine;
  /** null: `coprocessor-plugin-directory` is not set. */
  readonly registry: PluginRegistry | null;
  readonly policy: EndpointPolicy;
};

export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** The plugin that may serve, or null after the refusal was answered. */
  admit(waiter: Waiter): Generation | null {
    const { registry, policy } = this.#options;
    if (registry === null) {
      return this.#reject(waiter, rejections.disabled, "Coprocessor plugin is disabled!");
    }
    const early = policy.refusal(waiter.request);
    if (early !== null) return this.#refuse(waiter, early);
    const { coprName, coprVersionReq } = waiter.request.body;
    const serving = registry.serving(coprName);
    const first = serving[0];
    if (first === undefined) {
      const text = `No registered coprocessor with name '${coprName}'`;
      return this.#reject(waiter, rejections.unknownName, text);
    }
    const parsed = requirementOf(coprVersionReq);
    switch (parsed.kind) {
      case "panic":
        return this.#overflow(waiter, parsed.text);
      case "error":
        return this.#reject(waiter, rejections.badRequirement, parsed.text);
      case "ok":
        break;
      default:
        return unreachable(parsed);
    }
    for (let at = 0; at < serving.length; at++) {
      const generation = serving[at] as Generation;
      if (matches(parsed.requirement, generation.version)) return generation;
    }
    const text =
      `The plugin '${coprName}' with version '${displayVersion(first.version)}' does not ` +
      `satisfy the version constraint '${displayRequirement(parsed.requirement)}'`;
    return this.#reject(waiter, rejections.versionMismatch, text);
  }

  #refuse(waiter: Waiter, refusal: EarlyRefusal): null {
    if (refusal.kind === "rangeOutside") {
      return this.#reject(waiter, rejections.rangeOutside, refusal.text);
    }
    const { error } = refusal;
    this.#report(waiter, rejections.regionError, regionErrorMessage(error));
    waiter.refuse(error);
    return null;
  }

  /** H1: TiKV's parser unwraps, and the panic hook ends the process. */
  #overflow(waiter: Waiter, text: string): null {
    const { machine, policy } = this.#options;
    const { overflowText } = policy;
    if (overflowText !== null) return this.#reject(waiter, rejections.badRequirement, overflowText);
    this.#report(waiter, rejections.overflow, text);
    return machine.die("panic", text);
  }

  #reject(waiter: Waiter, reason: number, text: string): null {
    this.#report(waiter, reason, text);
    waiter.fail(text);
    return null;
  }

  #report({ request }: Waiter, reason: number, text: string): void {
    const { operation, context } = request;
    const { coprocessorRejected } = eventKinds;
    this.#options.machine.emit(
      coprocessorRejected,
      operation,
      reason,
      context.regionId,
      digestText(text),
    );
  }
}
