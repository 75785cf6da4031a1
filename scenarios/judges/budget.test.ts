/**
 * The budget of plugins: what a meter makes of events, and what two runs held against each other
 * say. To add a case, add a row of events with the cost they come to, or a pair of costs.
 */
import { expect, test } from "vitest";
import { eventKinds, roles } from "../../nodes/events.ts";
import { kernelEvents } from "../../sim/events.ts";
import { Watchers } from "../watchers.ts";
import { budgetViolation, type RaftCost, RaftCostMeter } from "./budget.ts";

type Stop = "crash" | "powerLoss" | "death";

/** Milliseconds, and what happens on store 1 (process 0) or 2 to region 1. */
type Row =
  | readonly [ms: number, what: "leads" | "follows" | Stop, process: number]
  | readonly [ms: number, what: "append" | "commit", process: number, index: number];

function costOf(rows: readonly Row[]): RaftCost {
  const meter = new RaftCostMeter();
  const clock = { nowUs: 0 };
  // As in a run: what the meter does not ask for never reaches it.
  const watchers = new Watchers(clock, [meter]);
  for (const [ms, what, process, index = 0] of rows) {
    clock.nowUs = ms * 1_000;
    switch (what) {
      case "leads":
        watchers.event(eventKinds.roleChanged, process, 1, 100, roles.leader, 0);
        break;
      case "follows":
        watchers.event(eventKinds.roleChanged, process, 1, 100, roles.follower, 0);
        break;
      case "append":
        watchers.event(eventKinds.entryAppended, process, 1, index, 1, 0);
        break;
      case "commit":
        watchers.event(eventKinds.commitAdvanced, process, 1, 100, index, 0);
        break;
      default:
        watchers.event(kernelEvents[what].kind, process, 0, 0, 0, 0);
        break;
    }
  }
  return meter.cost();
}

const metered: readonly (readonly [
  name: string,
  rows: readonly Row[],
  elections: number,
  slowestMs: number,
  rounds: number,
])[] = [
  ["the first leader costs nothing", [[1, "leads", 0]], 0, 0, 0],
  [
    "a second leader is an election",
    [
      [1, "leads", 0],
      [5, "leads", 1],
    ],
    1,
    0,
    0,
  ],
  [
    "a commit ends the rounds of all entries up to it",
    [
      [1, "leads", 0],
      [2, "append", 0, 1],
      [5, "append", 0, 2],
      [9, "commit", 0, 2],
    ],
    0,
    7,
    2,
  ],
  [
    "followers' entries are no rounds",
    [
      [1, "leads", 0],
      [2, "append", 1, 1],
      [9, "commit", 1, 1],
    ],
    0,
    0,
    0,
  ],
  [
    "a leader that steps down or dies ends no round",
    [
      [1, "leads", 0],
      [2, "append", 0, 1],
      [3, "follows", 0],
      [9, "commit", 0, 1],
      [10, "leads", 1],
      [11, "append", 1, 2],
      [12, "crash", 1],
      [19, "commit", 1, 2],
    ],
    1,
    0,
    0,
  ],
  [
    "nor does one whose machine loses its power, or that stops by itself",
    [
      [1, "leads", 0],
      [2, "append", 0, 1],
      [3, "powerLoss", 0],
      [9, "commit", 0, 1],
      [10, "leads", 1],
      [11, "append", 1, 2],
      [12, "death", 1],
      [19, "commit", 1, 2],
    ],
    1,
    0,
    0,
  ],
];

test.each(metered)("%s", (_name, rows, elections, slowestMs, rounds) => {
  expect(costOf(rows)).toMatchObject({ elections, slowestRoundUs: slowestMs * 1_000, rounds });
});

const cost = (elections: number, slowestMs: number): RaftCost => ({
  elections,
  slowestRoundUs: slowestMs * 1_000,
  slowestAtUs: 7,
  lastElectionUs: 5,
  rounds: 10,
});

/** With calls, without, and what is said; the election timeout is a second. */
const pairs: readonly (readonly [RaftCost, RaftCost, string | null])[] = [
  [cost(0, 20), cost(0, 10), null],
  [cost(0, 500), cost(0, 10), null],
  [cost(0, 501), cost(0, 10), "plugin calls held a round of Raft up for 501 ms, the budget is 500"],
  // It is slow without them, too.
  [cost(0, 900), cost(0, 501), null],
  [cost(2, 20), cost(2, 20), null],
  [cost(3, 20), cost(2, 20), "plugin calls caused 1 election"],
  [cost(4, 900), cost(2, 20), "plugin calls caused 2 elections"],
];

test.each(pairs)("%j beside %j", (withCalls, without, said) => {
  const found = budgetViolation({ withCalls, without, electionTimeoutUs: 1_000_000 });
  if (said === null) expect(found).toBeNull();
  else {
    expect(found?.message).toContain(said);
    expect(found?.details).toHaveLength(2);
    expect(found?.atUs).toBe(said.includes("election") ? 5 : 7);
  }
});
