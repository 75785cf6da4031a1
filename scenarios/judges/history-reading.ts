/** One reading of a history, for all judges that look at the same things in it. */
import type { History, HistoryOperation } from "../history.ts";
import { PluginWrites } from "./history-keys.ts";
import { type ProbeRead, probePairs } from "./probe-answers.ts";
import { Registers } from "./register-accesses.ts";
import type { Listener } from "./verdicts.ts";

const nothing: readonly ProbeRead[] = [];

export class HistoryReading {
  readonly #plugins = new PluginWrites();
  #isHeard = false;
  #isForeign: ((key: string) => boolean) | null = null;
  #registers: Registers | null = null;
  readonly #probeReads = new Map<HistoryOperation, readonly ProbeRead[]>();

  /** What the first judge that asks must listen to, for all that share this. */
  ears(): Pick<Listener, "kinds" | "event"> {
    if (this.#isHeard) return {};
    this.#isHeard = true;
    const plugins = this.#plugins;
    return { kinds: plugins.kinds, event: (kind, _process, a, _b, c) => plugins.event(kind, a, c) };
  }

  /** Tells of a key whether some plugin may have written it. */
  isForeign(history: History): (key: string) => boolean {
    this.#isForeign ??= this.#plugins.of(history);
    return this.#isForeign;
  }

  /** What operations did to keys that no plugin wrote. */
  registers(history: History): Registers {
    this.#registers ??= new Registers({
      history,
      isForeign: this.isForeign(history),
      probeReads: (operation) => this.probeReads(operation),
    });
    return this.#registers;
  }

  /** What probes read for an operation, range by range; nothing for all other operations. */
  probeReads(operation: HistoryOperation): readonly ProbeRead[] {
    if (operation.request.kind !== "coprocessor") return nothing;
    let reads = this.#probeReads.get(operation);
    if (reads === undefined) {
      reads = probePairs(operation);
      this.#probeReads.set(operation, reads);
    }
    return reads;
  }
}
