/**
 * Laws of the kernel over random plans: order, schedules, dead tasks, decisions, digests. To add a
 * law, state it over `runToyWorld` or over probes.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Decision } from "./decisions.ts";
import type { Machine, ProcessId, Task } from "./process.ts";
import type { StrategyChoice } from "./scheduler/strategy.ts";
import { ProbeWorld } from "./testing/probe.ts";
import { learnedEvent, openToyWorld, runToyWorld } from "./testing/toy-world.ts";
import { firstDifference } from "./trace.ts";

const strategies: readonly StrategyChoice[] = [
  { kind: "fifo" },
  { kind: "random" },
  { kind: "pct", changePoints: 3, eventsExpected: 100 },
];

describe("order", () => {
  /** The order in which timers, armed at once with these delays, fire. */
  function fired(seed: string, delaysUs: readonly number[], choice: StrategyChoice, slackUs = 0) {
    const order: { readonly n: number; readonly atUs: number }[] = [];
    const probes = new ProbeWorld({ seed, strategy: choice, slackUs });
    const timer = (_machine: Machine, _kind: number, n: number): void => {
      order.push({ n, atUs: probes.world.nowUs });
    };
    const id = probes.add({ reactions: { timer } });
    probes.run(0);
    const startUs = probes.world.nowUs;
    probes.tell(id, (machine) => {
      for (const [n, delayUs] of delaysUs.entries()) machine.arm(delayUs, 1, n);
    });
    probes.run(10_000);
    return order.map(({ n, atUs }) => ({ n, lateUs: atUs - startUs - delaysUs[n]! }));
  }

  test("fifo: by time, equal times in order of scheduling; nothing is lost or late", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 40 }), (delays) => {
        const order = fired("s", delays, { kind: "fifo" });
        const wanted = delays.map((us, n) => ({ us, n })).sort((a, b) => a.us - b.us || a.n - b.n);
        expect(order).toEqual(wanted.map(({ n }) => ({ n, lateUs: 0 })));
      }),
    );
  });

  test("random and pct: nothing is lost, and nothing is later than the slack", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(30), { maxLength: 40 }),
        fc.constantFrom(...strategies),
        fc.nat(20),
        fc.string(),
        (delays, choice, slackUs, seed) => {
          const order = fired(seed, delays, choice, slackUs);
          expect(order.map(({ n }) => n).sort((a, b) => a - b)).toEqual([...delays.keys()]);
          for (const { lateUs } of order) {
            expect(lateUs).toBeGreaterThanOrEqual(0);
            expect(lateUs).toBeLessThanOrEqual(slackUs);
          }
        },
      ),
    );
  });

  test("random: equal times come in every order; with slack near times change places too", () => {
    const orders = (delays: readonly number[], slackUs: number): Set<string> => {
      const seen = new Set<string>();
      for (let n = 0; n < 60; n++) {
        const order = fired(`${n}`, delays, { kind: "random" }, slackUs);
        seen.add(order.map((one) => one.n).join(""));
      }
      return seen;
    };
    expect(orders([5, 5, 5], 0).size).toBe(6);
    expect([...orders([5, 6, 7], 0)]).toEqual(["012"]);
    expect(orders([5, 6, 7], 9).size).toBe(6);
  });

  test("a link keeps its order whatever the schedule, over slack, clogs, holds and pauses", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...strategies),
        fc.nat(300),
        fc.string(),
        fc.array(fc.nat(2_000), { minLength: 6, maxLength: 6 }),
        (strategy, slackUs, seed, times) => {
          const network = { latency: { minUs: 10, maxUs: 500 }, bytesPerSecond: 0 };
          const probes = new ProbeWorld({ seed, strategy, slackUs, network });
          const seen: number[] = [];
          const receive = (_m: Machine, _f: ProcessId, _k: number, n: number) => seen.push(n);
          const [a, b] = [probes.add(), probes.add({ reactions: { receive } })];
          probes.run(1_000);
          const { world } = probes;
          const at = (us: number, action: () => void): void => world.at(world.nowUs + us, action);
          const [clogUs = 0, holdUs = 0, pauseUs = 0, c = 0, h = 0, p = 0] = times;
          at(clogUs, () => world.network.clog({ kind: "all" }));
          at(clogUs + c + slackUs + 1, () => world.network.unclog({ kind: "all" }));
          at(holdUs, () => world.network.hold({ kind: "all" }));
          at(holdUs + h + slackUs + 1, () => world.network.release({ kind: "all" }));
          at(pauseUs, () => world.pause(b));
          at(pauseUs + p + slackUs + 1, () => world.resume(b));
          for (let n = 0; n < 40; n++) {
            // One window apart, so that the schedule itself sends them in this order.
            at(n * (slackUs + 50), () => probes.machines[a]!.send(b, 1, { n }, 0));
          }
          probes.run(100_000);
          expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n));
        },
      ),
    );
  });

  test("pct: the process of higher priority goes first, and change points let others pass", () => {
    const leads = (changePoints: number, seed: string): string => {
      const strategy = { kind: "pct", changePoints, eventsExpected: 40 } as const;
      const probes = new ProbeWorld({ seed, strategy });
      const order: number[] = [];
      const timer = (machine: Machine, _kind: number, n: number): void => {
        order.push(machine.id);
        if (n > 0) machine.arm(10, 1, n - 1);
      };
      for (let id = 0; id < 2; id++) {
        probes.add({ reactions: { boot: (machine) => machine.arm(10, 1, 20), timer } });
      }
      probes.run(10_000);
      const pairs = order.flatMap((id, at) => (at % 2 === 0 ? [id] : []));
      return [...new Set(pairs)].join("");
    };
    const seeds = Array.from({ length: 30 }, (_, n) => `${n}`);
    // Without change points one of the two leads from the first to the last; each does somewhere.
    expect(new Set(seeds.map((seed) => leads(0, seed)))).toEqual(new Set(["0", "1"]));
    // A fall of the leader lets the other lead from there on.
    expect(seeds.map((seed) => leads(1, seed))).toContain("01");
    expect(seeds.map((seed) => leads(1, seed))).toContain("10");
  });
});

describe("crash", () => {
  test("a crash at any event resumes no task, timer or completion of the dead", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.constantFrom(...strategies), fc.string(), (at, strategy, seed) => {
        const probes = new ProbeWorld({ seed, strategy, slackUs: 20 });
        const wrong: string[] = [];
        let emits = 0;
        const check = (machine: Machine, what: string): void => {
          if (machine !== probes.machines[machine.id]) wrong.push(what);
        };
        function* task(machine: Machine): Task {
          for (;;) {
            machine.sleep(7);
            yield;
            check(machine, "task");
            machine.emit(64, 0, 0, 0, 0);
            check(machine, "task after its death");
          }
        }
        const boot = (machine: Machine): void => {
          for (let n = 0; n < 3; n++) machine.spawn(task(machine));
          machine.arm(5, 1, 0);
          machine.disk.append("f", new Uint8Array(1), 1);
        };
        const timer = (machine: Machine): void => {
          check(machine, "timer");
          machine.arm(5, 1, 0);
          machine.disk.append("f", new Uint8Array(1), 1);
          machine.emit(64, 0, 0, 0, 0);
        };
        const diskDone = (machine: Machine): void => check(machine, "disk");
        const id = probes.add({ reactions: { boot, timer, diskDone } });
        probes.world.observe({
          event: (kind) => {
            if (kind !== 64 || emits++ !== at) return;
            probes.world.crash(id, "moment");
            probes.world.restart(id);
          },
        });
        probes.run(500);
        expect(wrong).toEqual([]);
        expect(probes.world.failure).toBe(null);
        expect(probes.world.deaths).toHaveLength(1);
        expect(probes.machines[id]?.incarnation).toBe(1);
        expect(emits).toBeGreaterThan(at + 10);
      }),
    );
  });
});

describe("hash", () => {
  test("equal seeds hash alike; another seed, or one event more, does not", () => {
    const plain = runToyWorld("hash");
    expect(plain.hash).toMatch(/^[0-9a-f]{16}$/);
    expect(runToyWorld("hash").hash).toBe(plain.hash);
    expect(runToyWorld("hash2").hash).not.toBe(plain.hash);
    const { world } = openToyWorld("hash");
    world.at(59_999, () => {});
    world.run(60_000);
    expect(world.hash()).not.toBe(plain.hash);
  });

  test("every word of an emit counts, also above 32 bits", () => {
    const hashOf = (words: readonly [number, number, number, number]): string => {
      const probes = new ProbeWorld();
      const id = probes.add();
      probes.run(0);
      probes.tell(id, (machine) => machine.emit(64, ...words));
      probes.run(1);
      return probes.world.hash();
    };
    const seen = new Set<string>();
    for (const value of [1, 2 ** 31, 2 ** 32, 2 ** 40, -1]) {
      for (let at = 0; at < 4; at++) {
        const words: [number, number, number, number] = [0, 0, 0, 0];
        words[at] = value;
        seen.add(hashOf(words));
      }
    }
    expect(seen.size).toBe(20);
  });

  test("a state that nobody reported is told apart by its digest", () => {
    const run = (state: number): readonly string[] => {
      const probes = new ProbeWorld({ checkpointEvery: 5 });
      const boot = (machine: Machine) => {
        machine.arm(1, 0, 10);
        return {
          receive: () => {},
          refused: () => {},
          timer: (_kind: number, n: number) => {
            if (n > 0) machine.arm(1, 0, n - 1);
          },
          diskDone: () => {},
          digest: () => state,
        };
      };
      const setup = { name: "p", zone: "z", pools: [1], messageCostUs: () => 0, boot };
      probes.world.addProcess(setup);
      probes.run(100);
      return [probes.world.hash(), ...probes.world.checkpoints.map(({ hash }) => hash)];
    };
    const [one, other] = [run(1), run(2)];
    expect(one).toHaveLength(3);
    expect(run(1)).toEqual(one);
    for (const [at, hash] of one.entries()) expect(hash).not.toBe(other[at]);
  });

  test("the first difference of two traces is the first row that is not the same", () => {
    const { world: left } = runToyWorld("trace", { keepTrace: true });
    const open = openToyWorld("trace", { keepTrace: true });
    open.world.at(20_000, () => open.world.pause(open.processes[0]!));
    open.world.run(60_000);
    const difference = firstDifference(left.trace, open.world.trace);
    expect(difference?.right).toMatchObject({ timeUs: 20_000, source: "dispatch" });
    expect(firstDifference(left.trace, left.trace)).toBe(null);
    const rows = Array.from({ length: left.trace.count }, (_, at) => left.trace.row(at));
    const learned = rows.find(({ source, kind }) => source === "emit" && kind === learnedEvent);
    expect(learned).toMatchObject({ a: expect.any(Number), b: 1, c: 0, d: 0 });
  });
});

describe("decisions", () => {
  const record = (seed: string): { hash: string; decisions: readonly Decision[] } => {
    const { world, hash } = runToyWorld(seed, { decisions: { kind: "record" } });
    return { hash, decisions: world.decisions };
  };
  const replay = (seed: string, decisions: readonly Decision[]) => {
    return runToyWorld(seed, { decisions: { kind: "replay", decisions } });
  };

  test("noting decisions changes nothing, and replaying them gives the run again", () => {
    let noted = 0;
    for (let n = 0; n < 60; n++) {
      const { hash, decisions } = record(`d${n}`);
      expect(hash).toBe(runToyWorld(`d${n}`).hash);
      const again = replay(`d${n}`, decisions);
      expect(again.hash).toBe(hash);
      expect(again.world.decisions).toEqual(decisions);
      noted += decisions.length;
    }
    expect(noted).toBeGreaterThan(300);
  });

  test("they are named by what they are about", () => {
    const labels = new Set<string>();
    for (let n = 0; n < 60; n++) {
      for (const { label } of record(`d${n}`).decisions) labels.add(label.replace(/\d+/g, "N"));
    }
    expect([...labels].sort()).toEqual([
      "disk/N/crash",
      "disk/N/eio/read",
      "disk/N/eio/sync",
      "disk/N/eio/write",
      "disk/N/loseNames",
      "disk/N/loseWrites/log",
      "disk/N/misdirect",
      "disk/N/rot",
      "net/N->N/corrupt/kind N",
      "net/N->N/drop/kind N",
      "net/N->N/duplicate/kind N",
      "net/N->N/reorder/kind N",
    ]);
  });

  test("a decision left out does not happen, and one alone does", () => {
    const probes = (decisions: readonly Decision[]): readonly string[] => {
      const world = new ProbeWorld({ decisions: { kind: "replay", decisions } });
      const [a, b] = [world.add(), world.add()];
      world.run(0);
      world.world.network.drop({ kind: "all" }, 1_000_000);
      world.tell(a, (machine) => {
        for (let n = 0; n < 3; n++) machine.send(b, 5, { n }, 0);
      });
      return world.run(1_000);
    };
    const lines = ["100: 0 -> 1 kind 5 #0", "100: 0 -> 1 kind 5 #1", "100: 0 -> 1 kind 5 #2"];
    expect(probes([])).toEqual(lines);
    const second = { label: "net/0->1/drop/kind 5", n: 1, value: 1 };
    expect(probes([second])).toEqual([lines[0], lines[2]]);
  });
});
