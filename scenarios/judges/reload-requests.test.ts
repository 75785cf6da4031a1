/**
 * The judges of requests that meet reloads. To add a case, add a row of events on store 1, which
 * has load 1 of `counter` at first, and what the client of request 1 got where it matters.
 */
import { coprocessorAnswers, pluginOutcomes, rejections } from "../../nodes/events.ts";
import { reloadRequestJudges } from "./reload-requests.ts";
import { call, type EventRow, failed, historyOf, stops } from "./testing/events.ts";
import { type TableRow, testTable } from "./testing/table.ts";

const at = (seconds: number): number => Math.round(seconds * 1e6);
const row = (
  seconds: number,
  name: EventRow[0],
  fields: Readonly<Record<string, number | string>>,
): EventRow => [name, 1, { ...fields, atUs: at(seconds) }];
const loaded = (seconds: number, generation: number): EventRow =>
  row(seconds, "pluginLoaded", { generation, plugin: "counter" });
const replaced = (seconds: number, generation: number, by: number): EventRow =>
  row(seconds, "pluginReplaced", { generation, by });
const withdrawn = (seconds: number, generation: number): EventRow =>
  row(seconds, "pluginWithdrawn", { generation });
const retired = (seconds: number, generation: number): EventRow =>
  row(seconds, "pluginRetired", { generation });
const unloaded = (seconds: number, generation: number): EventRow =>
  row(seconds, "pluginUnloaded", { generation });
const began = (seconds: number, generation = 1, run = 1): EventRow =>
  row(seconds, "pluginStarted", { request: 1, generation, region: 1, run });
const ended = (
  seconds: number,
  outcome: keyof typeof pluginOutcomes = "response",
  generation = 1,
): EventRow =>
  row(seconds, "pluginFinished", {
    request: 1,
    generation,
    outcome: pluginOutcomes[outcome],
    run: 1,
  });
const answered = (seconds: number): EventRow =>
  row(seconds, "coprocessorAnswered", { request: 1, answer: coprocessorAnswers.data, run: 1 });
const unknownName = (seconds: number): EventRow =>
  row(seconds, "coprocessorRejected", { request: 1, reason: rejections.unknownName });

const start: readonly EventRow[] = [["boot", 1, { atUs: 0 }], loaded(0.1, 1)];
const upgrade: readonly EventRow[] = [loaded(2, 2), replaced(2, 1, 2)];
const told = historyOf([
  call("counter", "echo 1"),
  0,
  1,
  failed("No registered coprocessor with name 'counter'"),
]);

type Told = readonly [name: string, events: readonly EventRow[], refused: string | null];

const generations: readonly Told[] = [
  ["a request on its load", [...start, began(1), ended(1.5), answered(1.5)], null],
  [
    "a load that waits for its request",
    [...start, began(1), ...upgrade, ended(3), retired(3, 1), answered(3)],
    null,
  ],
  [
    "a load that is given up under its request",
    [...start, began(1), ...upgrade, retired(2, 1), ended(3), answered(3)],
    "store 1: load 1 was given up while request 1 runs on it",
  ],
  [
    "a request that ends on another load",
    [...start, began(1), ...upgrade, ended(3, "response", 2), retired(3, 1)],
    "store 1: request 1 began on load 1 and ended on load 2",
  ],
  [
    "a request that begins on a load that gave way",
    [...start, ...upgrade, began(3)],
    "store 1: request 1 began on load 1, which takes no more requests",
  ],
  ...stops.flatMap((stop): readonly Told[] => [
    [
      `a request that begins on a load of the incarnation before ${stop}`,
      [...start, row(2, stop, {}), row(3, "boot", {}), began(4)],
      "request 1 began on load 1, which takes no more requests",
    ],
    [
      `a request that meets an upgrade and ends with its store by ${stop}`,
      [...start, began(1), ...upgrade, row(3, stop, {})],
      null,
    ],
  ]),
  [
    "a load that is kept without work",
    [...start, began(1), ...upgrade, ended(3), answered(3)],
    "store 1: load 1 has no work left and is kept",
  ],
  ["a load that retires while it serves", [...start, retired(1, 1)], "load 1 retired out of turn"],
  [
    "a load that is unloaded when its work is done",
    [...start, withdrawn(2, 1), retired(2, 1), unloaded(2, 1)],
    null,
  ],
  [
    "a load that is unloaded early",
    [...start, withdrawn(2, 1), unloaded(2, 1)],
    "load 1 was unloaded before its work was done",
  ],
  [
    "a load that gives way twice",
    [...start, withdrawn(2, 1), withdrawn(3, 1)],
    "load 1 gave way twice",
  ],
];

const lost: readonly Told[] = [
  [
    "a request that meets an upgrade and is answered",
    [...start, began(1), ...upgrade, ended(3), retired(3, 1), answered(3)],
    null,
  ],
  [
    "a request that meets an upgrade and never ends",
    [...start, began(1), ...upgrade],
    "request 1 on store 1 met a reload and never ended",
  ],
  [
    "a request that meets a withdrawal and is never answered",
    [...start, began(1), withdrawn(2, 1), ended(3), retired(3, 1)],
    "request 1 on store 1 met a reload and was never answered",
  ],
  [
    "a name that is served and said to be unknown",
    [...start, unknownName(1)],
    "request 1 was told on store 1 that there is no 'counter', which served",
  ],
  [
    "a name that is not served any more",
    [...start, withdrawn(2, 1), retired(2, 1), unknownName(3)],
    null,
  ],
];

const rows = (property: string, cases: readonly Told[], change = {}): readonly TableRow[] =>
  cases.map(([name, events, refused]) => ({
    name,
    property,
    facts: { fidelity: "contract", ...change },
    events,
    history: told,
    refused,
  }));

testTable(reloadRequestJudges, rows("one generation per request", generations));
testTable(reloadRequestJudges, rows("no request lost to a reload", lost));

testTable(reloadRequestJudges, [
  {
    name: "a request that meets a reload and takes its store along, in tikv",
    property: "one generation per request",
    events: [...start, began(1), ...upgrade, ended(3, "panic"), ["death", 1, { atUs: at(3) }]],
    refused: null,
  },
  {
    name: "a request that never returns whatever it meets, in tikv",
    property: "one generation per request",
    events: [...start, began(1), loaded(2, 2), ended(3, "trap")],
    refused: null,
  },
]);
