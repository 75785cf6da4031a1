/**
 * What a run amounts to. To add a case, add a row: events as [kind, process, a, b, c], and the
 * counts that they come to. Stores 1 and 2 are the processes 0 and 1; 9 is a client.
 */
import { expect, test } from "vitest";
import { eventKinds as k, roles } from "../nodes/events.ts";
import { kernelEvents as w } from "../sim/index.ts";
import { addTotals, noTotals, type TotalCounts, Totals } from "./totals.ts";
import { Watchers } from "./watchers.ts";

type Row = readonly [kind: number, process: number, a?: number, b?: number, c?: number];

const role = (process: number, what: number): Row => [k.roleChanged, process, 1, 100, what];
const acknowledged: Row = [k.writeAcknowledged, 0, 1, 7, 9];

const rows: readonly (readonly [
  name: string,
  events: readonly Row[],
  counts: Partial<TotalCounts>,
])[] = [
  ["nothing happens", [], {}],
  [
    "leaders that come into office, one of them twice; other roles are none",
    [
      role(0, roles.candidate),
      role(0, roles.leader),
      role(0, roles.follower),
      role(1, roles.leader),
      role(0, roles.leader),
    ],
    { elections: 3 },
  ],
  [
    "acknowledged writes; one that is applied or read is none",
    [[k.entryApplied, 0, 1, 9, 5], acknowledged, [k.readServed, 0, 1, 8, 0], acknowledged],
    { acknowledgedWrites: 2 },
  ],
  [
    "plugins that begin on a request, whatever they do then",
    [
      [k.pluginLoaded, 0, 1, 55, 71],
      [k.pluginStarted, 0, 7, 1, 1],
      [k.pluginCalled, 0, 7, 1, 4],
      [k.pluginFinished, 0, 7, 1, 0],
      [k.pluginStarted, 1, 7, 1, 1],
    ],
    { pluginCalls: 2 },
  ],
  ["a crash", [[w.crash.kind, 0, 0]], { crashes: 1 }],
  ["a power loss", [[w.powerLoss.kind, 0, 0]], { crashes: 1 }],
  ["a store that stops by itself", [[w.death.kind, 1, 0, 1]], { crashes: 1 }],
  [
    "stores that stop in every way, start, and stand still",
    [
      [w.boot.kind, 0, 0],
      [w.crash.kind, 0, 0],
      [w.boot.kind, 0, 1],
      [w.powerLoss.kind, 0, 1],
      [w.pause.kind, 1],
      [w.resume.kind, 1],
      [w.death.kind, 1, 0, 2],
    ],
    { crashes: 3 },
  ],
  [
    "some of everything",
    [role(0, roles.leader), acknowledged, [k.pluginStarted, 0, 7, 1, 1], [w.crash.kind, 0, 0]],
    { elections: 1, acknowledgedWrites: 1, pluginCalls: 1, crashes: 1 },
  ],
];

test.each(rows)("%s", (_name, events, counts) => {
  const totals = new Totals();
  const watchers = new Watchers({ nowUs: 0 }, [totals]);
  for (const [kind, process, a = 0, b = 0, c = 0] of events) {
    watchers.event(kind, process, a, b, c, 0);
  }
  expect(totals.counts(40)).toEqual({ ...noTotals, events: 40, ...counts });
});

test("the totals of two runs add up, number by number", () => {
  const one = { events: 1, elections: 2, crashes: 3, acknowledgedWrites: 4, pluginCalls: 5 };
  const other = { events: 10, elections: 20, crashes: 30, acknowledgedWrites: 40, pluginCalls: 50 };
  const both = { events: 11, elections: 22, crashes: 33, acknowledgedWrites: 44, pluginCalls: 55 };
  expect(addTotals(one, other)).toEqual(both);
  expect(addTotals(noTotals, one)).toEqual(one);
});
