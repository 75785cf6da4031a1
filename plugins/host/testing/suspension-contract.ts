/** The part of the host contract suite about requests that are under way together. */
import { expect, test } from "vitest";
import { concatBytes } from "../../../sim/bytes.ts";
import type { PluginRun, PluginStep } from "../../api.ts";
import { encodeAnswer } from "../frames.ts";
import { exchanges, expectSame, type Load } from "./contract-cases.ts";
import { callItem, probe, u32 } from "./probe-requests.ts";

/** Registers its tests. */
export function suspensionContract(load: Load): void {
  test("1,000 requests are suspended at once and end in any order", () => {
    const plugin = load();
    const calls = [0, 1, 2].map((at) => ({ kind: "get", key: `k${at}` }) as const);
    const runs = Array.from({ length: 1000 }, () =>
      plugin.start(probe("S", ...calls.map((call) => callItem(call)))),
    );
    const ends: PluginStep[] = [];
    for (const run of runs) expectSame(run.step(null), { kind: "call", call: calls[0] });
    for (let round = 0; round < 3; round++) {
      // 7 and 1,000 have no common divisor: each run once, in a scattered order.
      for (let turn = 0; turn < 1000; turn++) {
        const index = (turn * 7 + round * 13) % 1000;
        const step = (runs[index] as PluginRun).step({ kind: "value", value: u32(index + round) });
        if (round === 2) ends[index] = step;
        else expectSame(step, { kind: "call", call: calls[round + 1] });
      }
    }
    for (const [index, end] of ends.entries()) {
      const answers = [0, 1, 2].map((round) =>
        encodeAnswer({ kind: "value", value: u32(index + round) }),
      );
      expectSame(end, { kind: "response", data: concatBytes(answers) });
    }
  });

  test("a request that is dropped leaves the others alone", () => {
    const plugin = load();
    const item = callItem({ kind: "get", key: "k" });
    const [kept, dropped, unstarted] = [0, 1, 2].map(() => plugin.start(probe("S", item)));
    kept?.step(null);
    dropped?.step(null);
    dropped?.drop();
    unstarted?.drop();
    const end = kept?.step({ kind: "value", value: null });
    expectSame(end, { kind: "response", data: Uint8Array.of(0, 0) });
    expect(plugin.start(probe("B", u32(2))).step(null).kind).toBe("response");
    kept?.drop();
    plugin.destroy();
  });

  test("a new request takes a free place between running ones", () => {
    const plugin = load();
    const start = (at: number) => {
      const run = plugin.start(probe("S", callItem({ kind: "get", key: `k${at}` })));
      expectSame(run.step(null), { kind: "call", call: { kind: "get", key: `k${at}` } });
      return run;
    };
    const finish = (run: PluginRun | undefined, at: number) => {
      const answer = { kind: "value", value: u32(at) } as const;
      expectSame(run?.step(answer), { kind: "response", data: encodeAnswer(answer) });
    };
    const runs = [0, 1, 2].map(start);
    finish(runs[0], 0);
    runs.push(start(3), start(4));
    for (const at of [4, 1, 3, 2]) finish(runs[at], at);
  });

  test("fuel is counted, the same each time", () => {
    const used = () => {
      const run = load().start(probe("S", ...exchanges.map(([call]) => callItem(call))));
      const fuel = [run.fuelUsed()];
      run.step(null);
      for (const [, answer] of exchanges) {
        fuel.push(run.fuelUsed());
        run.step(answer);
      }
      return [...fuel, run.fuelUsed()];
    };
    const fuel = used();
    expectSame(used(), fuel);
    for (let at = 1; at < fuel.length; at++) {
      expect(fuel[at]).toBeGreaterThan(fuel[at - 1] as number);
    }
  });
}
