/**
 * The judges of the coprocessor where loads come and go. To add a case, add a row: what store 1 had
 * loaded when request 1 for `counter` came, and the load that ran for it; null: it was refused.
 */
import { rejections } from "../../nodes/events.ts";
import { coprocessorJudges } from "./coprocessor.ts";
import { call, type EventRow, historyOf, pluginFact, stops } from "./testing/events.ts";
import { testTable } from "./testing/table.ts";

const counter = pluginFact("counter", "1.2.3");
const newer = pluginFact("counter", "1.4.0");
const count = pluginFact("count", "1.0.0");

const load = (generation: number, plugin: typeof counter): EventRow => [
  "pluginLoaded",
  1,
  { generation, plugin: plugin.name, code: plugin.code, version: plugin.version },
];
const replaced: EventRow = ["pluginReplaced", 1, { generation: 1, by: 2 }];
const withdrawn: EventRow = ["pluginWithdrawn", 1, { generation: 1 }];

const unknownName: EventRow = [
  "coprocessorRejected",
  1,
  {
    request: 1,
    reason: rejections.unknownName,
    region: 1,
    text: "No registered coprocessor with name 'counter'",
  },
];
const ran = (generation: number): readonly EventRow[] => [
  ["pluginStarted", 1, { request: 1, generation, region: 1, run: 1 }],
  ["pluginFinished", 1, { request: 1, generation, outcome: 0, run: 1 }],
  ["coprocessorAnswered", 1, { request: 1, answer: 0, call: 0, run: 1 }],
];

type Told = readonly [
  name: string,
  fidelity: "tikv" | "contract",
  loads: readonly EventRow[],
  took: number | null,
  refused: string | null,
];

const rows: readonly Told[] = [
  ...stops.flatMap((stop): readonly Told[] => [
    [
      `another plugin, whose load has a number of before ${stop}`,
      "tikv",
      [load(1, counter), [stop, 1], ["boot", 1], load(1, count)],
      1,
      "asked for 'counter' (none loaded), count 1.0.0 of load 1 ran",
    ],
    [
      `a name of which nothing is loaded since ${stop}`,
      "tikv",
      [load(1, counter), [stop, 1], ["boot", 1], load(1, count)],
      null,
      null,
    ],
  ]),
  [
    "a load that gave way to a lower version",
    "contract",
    [load(1, newer), load(2, counter), replaced],
    1,
    "asked for 'counter' (counter 1.2.3 of load 2), counter 1.4.0 of load 1 ran",
  ],
  [
    "the load that took the place of a higher version",
    "contract",
    [load(1, newer), load(2, counter), replaced],
    2,
    null,
  ],
  [
    "a lower version beside a higher one",
    "contract",
    [load(1, newer), load(2, counter)],
    2,
    "asked for 'counter' (counter 1.4.0 of load 1), counter 1.2.3 of load 2 ran",
  ],
  [
    "a load that was withdrawn",
    "contract",
    [load(1, counter), load(2, count), withdrawn],
    1,
    "asked for 'counter' (none loaded), counter 1.2.3 of load 1 ran",
  ],
  [
    "a name whose only plugin was withdrawn",
    "contract",
    [load(1, counter), load(2, count), withdrawn],
    null,
    null,
  ],
];

testTable(
  coprocessorJudges,
  rows.map(([name, fidelity, loads, took, refused]) => ({
    name,
    property: "dispatch",
    facts: { plugins: [counter, newer, count], fidelity },
    events: [
      ...loads,
      ["clientSent", 0, { operation: 1, attempt: 0, region: 1, store: 1 }],
      ...(took === null ? [unknownName] : ran(took)),
    ],
    history: historyOf([call("counter", "echo 1"), 0, null, null]),
    refused,
  })),
);
