/** The keys that a history names, and those whose values plugins may have changed. */
import { eventKinds, strayings } from "../../nodes/events.ts";
import type { History } from "../history.ts";

/** Every key that a request names, in order of their first mention. */
export function keysOf(history: History): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { request } of history) {
    switch (request.kind) {
      case "get":
      case "put":
      case "delete":
      case "compareAndSwap":
        keys.add(request.key);
        break;
      case "batchGet":
      case "batchDelete":
        for (const key of request.keys) keys.add(key);
        break;
      case "batchPut":
        for (const [key] of request.pairs) keys.add(key);
        break;
      default:
        break; // These name ranges.
    }
  }
  return keys;
}

/** The first storage call that writes, by the ABI's numbers: put, and all behind it. */
const firstWriteCall = 4;

/**
 * Which keys plugins wrote, as far as it can be known from outside: any key in the ranges of a
 * request whose plugin made a writing call, and any key at all once such a plugin left its ranges.
 * What reaches out of a region is never carried out: containment judges that.
 */
export class PluginWrites {
  readonly kinds: readonly number[] = [eventKinds.pluginCalled, eventKinds.pluginStrayed];
  readonly #requests = new Set<number>();
  #isAnywhere = false;

  event(kind: number, request: number, third: number): void {
    if (kind === eventKinds.pluginCalled && third >= firstWriteCall) this.#requests.add(request);
    else if (kind === eventKinds.pluginStrayed && third === strayings.outsideRanges) {
      if (!this.#requests.has(request)) return;
      this.#isAnywhere = true;
    }
  }

  /** Tells of a key whether some plugin may have written it. */
  of(history: History): (key: string) => boolean {
    if (this.#isAnywhere) return () => true;
    const ranges = history.flatMap(({ id, request }) =>
      request.kind === "coprocessor" && this.#requests.has(id) ? request.ranges : [],
    );
    if (ranges.length === 0) return () => false;
    return (key) => ranges.some(({ start, end }) => key >= start && (end === "" || key < end));
  }
}
