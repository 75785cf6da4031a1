/** Plans in which stores pass every failpoint that they have. */
import type { HistoryRequest } from "../../history.ts";
import {
  type Plan,
  type PlannedFailpoint,
  type PlannedFault,
  type PlannedOperation,
  planSchema,
} from "../../plan.ts";

/** How long each of the two phases lasts, microseconds. */
export const phaseUs = 5_500_000;

/** Puts, gets and swaps of two clients on a few keys, one every 20 ms; healing sees a few more. */
function operations(): readonly PlannedOperation[] {
  const made: PlannedOperation[] = [];
  const add = (atUs: number, request: HistoryRequest): void => {
    const id = made.length + 1;
    made.push({ id, atUs, client: id % 2, request });
  };
  for (let step = 0; step < 240; step++) {
    // The first ones are written once only: what loses them is not made good.
    const key = step < 4 ? `e${step}` : `k${step % 3}`;
    const value = `v${step}`;
    const atUs = 300_000 + step * 20_000;
    if (step % 6 === 4) add(atUs, { kind: "get", key });
    else if (step % 6 === 5) {
      // On keys of its own: plain puts take no latch.
      const swapped = `s${step % 4}`;
      const previous = step < 24 ? null : "v0";
      add(atUs, { kind: "compareAndSwap", key: swapped, previous, value: "v0" });
    } else add(atUs, { kind: "put", key, value });
  }
  for (let step = 0; step < 6; step++) {
    add(phaseUs + 4_200_000 + step * 10_000, { kind: "get", key: `k${step % 3}` });
  }
  return made;
}

/** Store 3 misses so much that it comes back by a snapshot. */
const absence: PlannedFault = {
  id: 1,
  trigger: { kind: "at", us: 1_000_000 },
  store: 3,
  forUs: 2_200_000,
  breakage: { kind: "crash" },
};

/** A plan with the failpoints on every store. */
export function planWith(
  failpoints: readonly PlannedFailpoint[],
  change: Partial<Plan> = {},
): Plan {
  return {
    schema: planSchema,
    scenario: "failpoints",
    fidelity: "tikv",
    timing: "fast",
    schedule: { kind: "fifo" },
    unrestricted: false,
    encodesMessages: false,
    clientsCheckVersions: false,
    paired: false,
    stores: 3,
    cuts: [],
    zones: [],
    clients: 2,
    breakUs: phaseUs,
    healUs: phaseUs,
    plugins: [],
    pluginFiles: [],
    operations: operations(),
    faults: [absence],
    failpoints,
    ...change,
  };
}
