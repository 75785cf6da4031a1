/**
 * Processes in a world: pools, threads, tasks, timers, and how they come and go. To add a case,
 * tell probes what to do and compare the lines they write, `time: what happened`.
 */
import { describe, expect, test } from "vitest";
import { eventKindsFrom, kernelEvents } from "./events.ts";
import type { Machine, ProcessId, Task, TaskToken, ThreadToken } from "./process.ts";
import { ProbeWorld } from "./testing/probe.ts";

const arms = (delayUs: number) => (machine: Machine) => machine.arm(delayUs, 1, delayUs);

describe("pools", () => {
  test("a message keeps a thread for its cost; the next waits, answers leave at its end", () => {
    const probes = new ProbeWorld();
    const a = probes.add();
    const b = probes.add({
      pools: [2],
      costUs: 50,
      reactions: {
        receive: (machine, from, kind, n) => {
          machine.send(from, kind, { n }, 0);
          probes.write(`takes #${n}`);
        },
      },
    });
    probes.run(0);
    probes.tell(a, (machine) => {
      for (let n = 0; n < 5; n++) machine.send(b, 1, { n }, 0);
    });
    expect(probes.run(1_000)).toEqual([
      "100: takes #0",
      "100: takes #1",
      "150: takes #2",
      "150: takes #3",
      "200: takes #4",
      "250: 1 -> 0 kind 1 #0",
      "250: 1 -> 0 kind 1 #1",
      "300: 1 -> 0 kind 1 #2",
      "300: 1 -> 0 kind 1 #3",
      "350: 1 -> 0 kind 1 #4",
    ]);
  });

  test("spent time counts, and slow multiplies both until normal", () => {
    const probes = new ProbeWorld();
    const a = probes.add();
    const receive = (machine: Machine, from: ProcessId, kind: number, n: number): void => {
      machine.spend(30);
      machine.send(from, kind, { n }, 0);
    };
    const b = probes.add({ pools: [1], costUs: 20, reactions: { receive } });
    const ask = (): readonly string[] => {
      probes.tell(a, (machine) => {
        for (let n = 0; n < 2; n++) machine.send(b, 1, { n }, 0);
      });
      return probes.run(1_000);
    };
    probes.run(0);
    expect(ask()).toEqual(["250: 1 -> 0 kind 1 #0", "300: 1 -> 0 kind 1 #1"]);
    probes.world.slow(b, 3);
    expect(ask()).toEqual(["1350: 1 -> 0 kind 1 #0", "1500: 1 -> 0 kind 1 #1"]);
    probes.world.crash(b, "planned");
    probes.world.restart(b);
    probes.run(0);
    expect(ask()).toEqual(["2350: 1 -> 0 kind 1 #0", "2500: 1 -> 0 kind 1 #1"]);
    probes.world.normal(b);
    expect(ask()).toEqual(["3250: 1 -> 0 kind 1 #0", "3300: 1 -> 0 kind 1 #1"]);
  });

  test("a held thread takes up nothing until it is released", () => {
    const probes = new ProbeWorld();
    const held: ThreadToken[] = [];
    const a = probes.add();
    const receive = (machine: Machine, _from: ProcessId, _kind: number, n: number): void => {
      probes.write(`takes #${n}`);
      if (n === 0) held.push(machine.holdThread());
    };
    const b = probes.add({ pools: [1], costUs: 10, reactions: { receive } });
    probes.run(0);
    probes.tell(a, (machine) => {
      for (let n = 0; n < 2; n++) machine.send(b, 1, { n }, 0);
    });
    expect(probes.run(1_000)).toEqual(["100: takes #0"]);
    probes.tell(b, (machine) => machine.releaseThread(held[0]!));
    expect(probes.run(1_000)).toEqual(["1000: takes #1"]);
    probes.tell(b, (machine) => {
      expect(() => machine.releaseThread(held[0]!)).toThrow("released once");
    });
    probes.run(0);
  });

  test("a thread whose process died while it was held holds nothing", () => {
    const probes = new ProbeWorld();
    const a = probes.add();
    const receive = (machine: Machine, _from: ProcessId, _kind: number, n: number): void => {
      probes.write(`takes #${n}`);
      machine.holdThread();
    };
    const b = probes.add({ pools: [1], reactions: { receive } });
    probes.run(0);
    for (const n of [0, 1]) {
      probes.tell(a, (machine) => machine.send(b, 1, { n }, 0));
      expect(probes.run(1_000)).toHaveLength(1);
      probes.world.crash(b, "planned");
      probes.world.restart(b);
      probes.run(0);
    }
  });

  test("work for another pool waits for that pool alone", () => {
    const probes = new ProbeWorld();
    const b = probes.add({ pools: [1, 1] });
    probes.run(0);
    probes.tell(b, (machine) => {
      machine.submit(1, 100, 7, 0);
      machine.submit(1, 100, 7, 1);
      machine.submit(0, 100, 7, 2);
    });
    expect(probes.run(1_000)).toEqual(["0: 0 timer 7 0", "0: 0 timer 7 2", "100: 0 timer 7 1"]);
  });
});

describe("tasks", () => {
  test("sleep, wait for somebody's wake-up, and get its value; a second one does nothing", () => {
    const probes = new ProbeWorld();
    const a = probes.add();
    let token: TaskToken | null = null;
    function* task(machine: Machine): Task {
      probes.write("starts");
      machine.sleep(30);
      yield;
      token = machine.current();
      const first = yield;
      probes.write(`first ${first}`);
      const second = yield;
      probes.write(`second ${second}`);
    }
    probes.run(0);
    probes.tell(a, (machine) => machine.spawn(task(machine)));
    expect(probes.run(100)).toEqual(["0: starts"]);
    probes.tell(a, (machine) => {
      machine.wake(token!, "x");
      machine.wake(token!, "y");
    });
    expect(probes.run(100)).toEqual(["100: first x"]);
    probes.tell(a, (machine) => machine.wake(token!, "late"));
    expect(probes.run(100)).toEqual([]);
  });

  test("a number is used again, and the old token stays without effect", () => {
    const probes = new ProbeWorld();
    const a = probes.add();
    const tokens: TaskToken[] = [];
    function* task(machine: Machine, name: string): Task {
      tokens.push(machine.current());
      probes.write(`${name} got ${yield}`);
    }
    probes.run(0);
    probes.tell(a, (machine) => {
      machine.spawn(task(machine, "one"));
      machine.wake(tokens[0]!, 1);
    });
    probes.tell(a, (machine) => machine.spawn(task(machine, "two")));
    expect(probes.run(10)).toEqual(["0: one got 1"]);
    probes.tell(a, (machine) => {
      machine.wake(tokens[0]!, "stale");
      machine.spawn(task(machine, "three"));
      machine.wake(tokens[2]!, 3);
      machine.wake(tokens[1]!, 2);
    });
    expect(probes.run(10)).toEqual(["10: three got 3", "10: two got 2"]);
  });
});

describe("crash and restart", () => {
  test("timers, tasks and work of the dead are dropped; who sent to it is told", () => {
    const probes = new ProbeWorld();
    const a = probes.add();
    const b = probes.add({ pools: [1], costUs: 500 });
    function* task(machine: Machine): Task {
      machine.sleep(200);
      yield;
      probes.write("a dead task goes on");
    }
    probes.run(0);
    probes.tell(b, (machine) => {
      machine.arm(200, 1, 1);
      machine.spawn(task(machine));
      machine.disk.append("f", new Uint8Array(1), 1);
      machine.submit(0, 50, 2, 2);
      machine.submit(0, 50, 2, 3);
    });
    expect(probes.run(5)).toEqual(["0: 1 timer 2 2"]);
    probes.tell(a, (machine) => machine.send(b, 1, { n: 9 }, 0));
    probes.world.crash(b, "planned");
    expect(probes.world.isUp(b)).toBe(false);
    probes.world.restart(b);
    expect(probes.run(1_000)).toEqual(["205: 0 refused by 1 kind 1 #9"]);
    expect(probes.world.isUp(b)).toBe(true);
    expect(probes.machines[b]?.incarnation).toBe(1);
    expect(probes.world.deaths).toEqual([
      {
        process: b,
        incarnation: 0,
        timeUs: 5,
        kind: "crash",
        isPlanned: true,
        text: "planned",
      },
    ]);
  });

  test("an observer's crash ends the handler at the emit; what it had sent before leaves", () => {
    const probes = new ProbeWorld();
    const a = probes.add();
    const b = probes.add({
      reactions: {
        timer: (machine) => {
          machine.send(a, 1, { n: 1 }, 0);
          machine.emit(eventKindsFrom, 1, 2, 3, 4);
          machine.send(a, 1, { n: 2 }, 0);
          probes.write("a dead handler goes on");
        },
      },
    });
    const seen: number[] = [];
    probes.world.observe({
      event: (kind, process) => {
        seen.push(kind);
        if (kind === eventKindsFrom) probes.world.crash(process, "moment");
      },
    });
    probes.run(0);
    probes.tell(b, arms(10));
    expect(probes.run(1_000)).toEqual(["110: 1 -> 0 kind 1 #1"]);
    expect(probes.world.failure).toBe(null);
    const { boot, crash } = kernelEvents;
    expect(seen).toEqual([boot.kind, boot.kind, eventKindsFrom, crash.kind]);
  });

  test("an observer may crash a process while it boots", () => {
    const probes = new ProbeWorld();
    let crashes = 1;
    probes.world.observe({
      event: (kind, process) => {
        if (kind === kernelEvents.boot.kind && crashes-- > 0) probes.world.crash(process, "moment");
      },
    });
    const a = probes.add({ reactions: { boot: () => probes.write("boots") } });
    expect(probes.run(10)).toEqual([]);
    probes.world.restart(a);
    expect(probes.run(10)).toEqual(["10: boots"]);
  });

  test("panic, abort and exit are deaths of their own, and only they are unplanned", () => {
    const probes = new ProbeWorld();
    const a = probes.add({
      reactions: {
        timer: (machine, kind) => {
          const reason = (["panic", "abort", "exit"] as const)[kind]!;
          machine.die(reason, `text ${kind}`);
        },
      },
    });
    for (const kind of [0, 1, 2]) {
      probes.world.restart(a);
      probes.run(1);
      probes.tell(a, (machine) => machine.arm(1, kind, 0));
      probes.run(10);
    }
    const told = probes.world.deaths.map(({ kind, text, isPlanned }) => [kind, text, isPlanned]);
    expect(told).toEqual([
      ["panic", "text 0", false],
      ["abort", "text 1", false],
      ["exit", "text 2", false],
    ]);
    expect(probes.world.failure).toBe(null);
  });

  test("a process that is set not to start waits for start", () => {
    const probes = new ProbeWorld();
    const boot = (): never => {
      throw new Error("boots");
    };
    const setup = { name: "p", zone: "z", pools: [1], messageCostUs: () => 0, boot };
    const id = probes.world.addProcess({ ...setup, starts: false });
    probes.run(10);
    expect([probes.world.isUp(id), probes.world.failure]).toEqual([false, null]);
    probes.world.start(id);
    probes.run(10);
    expect(probes.world.failure).toMatchObject({ kind: "error", message: "boots" });
  });
});

describe("pause and resume", () => {
  test("what becomes due waits, and comes in its order when the process goes on", () => {
    const probes = new ProbeWorld();
    const a = probes.add();
    const b = probes.add();
    probes.run(0);
    probes.world.pause(b);
    probes.tell(b, (machine) => {
      machine.arm(150, 1, 150);
      machine.arm(50, 1, 50);
      machine.disk.append("f", new Uint8Array(1), 7);
    });
    probes.tell(a, (machine) => machine.send(b, 1, { n: 1 }, 0));
    expect(probes.run(1_000)).toEqual([]);
    probes.world.resume(b);
    expect(probes.run(1_000)).toEqual([
      "1000: 1 disk #7 done",
      "1000: 1 timer 1 50",
      "1000: 0 -> 1 kind 1 #1",
      "1000: 1 timer 1 150",
    ]);
    probes.tell(b, arms(5));
    expect(probes.run(1_000)).toEqual(["2005: 1 timer 1 5"]);
  });

  test("a paused process that crashes is paused no more", () => {
    const probes = new ProbeWorld();
    const a = probes.add();
    const b = probes.add();
    probes.run(0);
    probes.world.pause(b);
    probes.tell(a, (machine) => machine.send(b, 1, { n: 1 }, 0));
    probes.run(500);
    probes.world.crash(b, "planned");
    expect(probes.run(500)).toEqual(["600: 0 refused by 1 kind 1 #1"]);
    probes.world.restart(b);
    probes.run(0);
    probes.tell(a, (machine) => machine.send(b, 1, { n: 2 }, 0));
    expect(probes.run(500)).toEqual(["1100: 0 -> 1 kind 1 #2"]);
  });
});

describe("wipe and power loss", () => {
  test("wipe empties the disk; power loss is a death of its own", () => {
    const probes = new ProbeWorld();
    const a = probes.add();
    probes.run(0);
    probes.tell(a, (machine) => machine.disk.append("f", new Uint8Array(1), 1));
    probes.run(100);
    probes.world.crash(a, "planned");
    probes.world.restart(a);
    probes.run(0);
    expect(probes.machines[a]!.disk.list()).toEqual(["f"]);
    probes.world.wipe(a);
    probes.world.restart(a);
    probes.run(0);
    expect(probes.machines[a]!.disk.list()).toEqual([]);
    probes.world.powerLoss(a);
    expect(probes.world.deaths.map(({ kind }) => kind)).toEqual(["crash", "crash", "powerLoss"]);
  });
});

describe("failures and limits", () => {
  test("a broken invariant is a finding that stops the run; so is any other exception", () => {
    for (const name of ["InvariantError", "TypeError"]) {
      const probes = new ProbeWorld();
      const fail = (): never => {
        throw Object.assign(new Error("broken"), { name });
      };
      const a = probes.add({ reactions: { timer: fail } });
      probes.run(0);
      probes.tell(a, arms(5));
      probes.tell(a, arms(6));
      const stop = probes.world.run(100);
      const kind = name === "InvariantError" ? "invariant" : "error";
      expect(stop).toEqual({ kind: "stopped", reason: "failure" });
      expect(probes.world.failure).toMatchObject({
        kind,
        process: a,
        timeUs: 5,
        message: "broken",
      });
      expect(probes.world.deaths[0]).toMatchObject({ kind: "failure", isPlanned: false });
      expect(probes.world.run(100)).toEqual(stop);
    }
  });

  test("what an observer or an action throws is nobody's failure but the caller's", () => {
    const probes = new ProbeWorld();
    const a = probes.add({ reactions: { timer: (machine) => machine.emit(64, 0, 0, 0, 0) } });
    probes.world.observe({
      event: (kind) => {
        if (kind === 64) throw new Error("a judge is broken");
      },
    });
    probes.run(0);
    probes.tell(a, arms(5));
    expect(() => probes.world.run(100)).toThrow("a judge is broken");
    expect(probes.world.failure).toBe(null);
    const other = new ProbeWorld();
    other.world.at(1, () => {
      throw new Error("an action is broken");
    });
    expect(() => other.world.run(100)).toThrow("an action is broken");
  });

  test("says why it stopped: time, idle, events, livelock, asked", () => {
    const endless = (limits: { events: number; timeUs: number; eventsPerSecond: number }) => {
      const probes = new ProbeWorld({ limits });
      probes.add({ reactions: { boot: arms(1_000), timer: arms(1_000) } });
      return probes.world;
    };
    const wide = { events: 1e6, timeUs: 1e9, eventsPerSecond: 1e6 };
    expect(endless(wide).run(50_000)).toEqual({ kind: "time" });
    expect(endless({ ...wide, timeUs: 10_000 }).run(50_000)).toEqual({ kind: "time" });
    expect(endless({ ...wide, events: 20 }).run(1e9)).toEqual({ kind: "events" });
    expect(endless({ ...wide, eventsPerSecond: 1_001 }).run(9e6)).toEqual({ kind: "time" });
    expect(endless({ ...wide, eventsPerSecond: 900 }).run(9e6)).toEqual({ kind: "livelock" });
    const world = endless(wide);
    world.at(5_500, () => world.stop());
    expect(world.run(9e6)).toEqual({ kind: "stopped", reason: "asked" });
    expect(world.nowUs).toBe(5_500);
    expect(world.run(8_000)).toEqual({ kind: "time" });
    expect(new ProbeWorld().world.run(10)).toEqual({ kind: "idle" });
  });
});
