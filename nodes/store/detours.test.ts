/** What a set failpoint does to a plain step and to a task. To add a case, add a row to `plain`. */
import { expect, test } from "vitest";
import { Failpoints, failpointCatalogue } from "../../failpoints/index.ts";
import { type Machine, type Process, World } from "../../sim/index.ts";
import { Detours } from "./detours.ts";

const detourTimer = 7;
const healUs = 1_000_000;

/** Meets `raft_propose` (or waits at it in a task) at 100 us; says what went on, and when. */
function meet(actions: string, inTask: boolean): readonly string[] {
  const points = new Failpoints({ catalogue: failpointCatalogue, draw: () => 0 });
  points.configure("raft_propose", actions);
  const point = points.handle("raft_propose");
  const said: string[] = [];
  const world = new World({
    seed: "detours",
    strategy: { kind: "fifo" },
    slackUs: 0,
    limits: { events: 1_000, eventsPerSecond: 1_000, timeUs: 4 * healUs },
    network: { latency: { minUs: 1, maxUs: 1 }, bytesPerSecond: 0 },
    disk: { latency: { minUs: 1, maxUs: 1 } },
    keepTrace: false,
  });
  const say = (text: string): void => void said.push(`${world.nowUs} ${text}`);
  const boot = (machine: Machine): Process => {
    const detours = new Detours(machine, detourTimer);
    const task = function* (): Generator<void, void, unknown> {
      say(`task ${(yield* detours.wait(point)).kind}`);
    };
    machine.arm(100, 1, 0);
    return {
      receive: () => {},
      refused: () => {},
      diskDone: () => {},
      digest: () => 0,
      timer: (kind, number) => {
        if (kind === detourTimer) detours.release(number);
        else if (inTask) machine.spawn(task());
        else say(detours.meet(point, () => say("rest")).kind);
      },
    };
  };
  const base = { name: "one", zone: "z", pools: [1], messageCostUs: () => 0 };
  world.addProcess({ ...base, boot, starts: true });
  world.at(healUs, () => points.teardown());
  world.run(3 * healUs);
  for (const { timeUs, kind, text } of world.deaths) said.push(`${timeUs} ${kind}: ${text}`);
  return said;
}

const plain: readonly (readonly [actions: string, step: readonly string[], task: string])[] = [
  ["off", ["100 go"], "100 task go"],
  ["print(x)", ["100 go"], "100 task go"],
  ["return", ["100 return"], "100 task return"],
  ["panic", ["100 panic: failpoint raft_propose panic"], ""],
  ["panic(boom)", ["100 panic: failpoint raft_propose: boom"], ""],
  ["sleep(3)", ["100 held", "3100 rest"], "3100 task go"],
  ["delay(3)", ["100 held", "3100 rest"], "3100 task go"],
  ["yield", ["100 held", "100 rest"], "100 task go"],
  ["pause", ["100 held", "1000000 rest"], "1000000 task go"],
  ["sleep(2500)", ["100 held", "1000000 rest"], "1000000 task go"],
];

test.each(plain)("%s", (actions, step, task) => {
  expect(meet(actions, false)).toEqual(step);
  expect(meet(actions, true)).toEqual(task === "" ? step : [task]);
});
