/**
 * The judges of ranges and epochs, and what other judges make of regions that a split made. To add
 * a case, add a row: events in order by name, with the words of the refusal or null.
 */
import { epochJudge } from "./epochs.ts";
import { logJudges } from "./logs.ts";
import { progressJudge } from "./progress.ts";
import { rangeJudge } from "./ranges.ts";
import { stateMachineJudge } from "./state-machine.ts";
import { type EventRow, region } from "./testing/events.ts";
import { testTable } from "./testing/table.ts";

const held = (
  store: number,
  id: number,
  [start, end]: readonly [string, string],
  version: number,
): EventRow => ["regionHeld", store, { region: id, start, end, version }];
const whole = (store: number): EventRow => held(store, 1, ["", ""], 1);
/** A store that has split region 1 at m. */
const both = (store: number): readonly EventRow[] => [
  whole(store),
  held(store, 1, ["m", ""], 2),
  held(store, 2, ["", "m"], 2),
];
const all: readonly EventRow[] = [1, 2, 3].flatMap(both);
const facts = { splitKeys: ["m", "t"] };
const property = "range tiling";

testTable(rangeJudge, [
  { name: "one split on every store", property, facts, events: all, refused: null },
  {
    name: "the same again after a crash",
    property,
    facts,
    events: [...all, ["boot", 2], held(2, 1, ["m", ""], 2), held(2, 2, ["", "m"], 2)],
    refused: null,
  },
  {
    name: "a power loss that took a split back, which is then carried out again",
    property,
    facts,
    events: [...all.slice(0, 4), ["boot", 1], ...both(1), ...both(2), ...both(3)],
    refused: null,
  },
  {
    name: "one store that split at another key",
    property,
    facts,
    events: [...all.slice(0, 6), whole(3), held(3, 1, ["t", ""], 2)],
    refused: 'region 1 of version 2 is both ["m", "") and ["t", "")',
  },
  {
    name: "a sibling that keeps the old range",
    property,
    facts,
    events: [whole(1), held(1, 1, ["", ""], 2), held(1, 2, ["", "m"], 2)],
    refused: 'process 0 holds keys twice: region 1 ["", "") and region 2 ["", "m")',
  },
  {
    name: "a new region that overlaps by one end only",
    property,
    facts,
    events: [whole(1), held(1, 1, ["m", ""], 2), held(1, 2, ["", "t"], 2)],
    refused: "holds keys twice",
  },
  {
    name: "a bound that nobody asked for",
    property,
    facts,
    events: [whole(1), held(1, 1, ["x", ""], 2)],
    refused: "region 1 of version 2 has a bound that nobody cut at",
  },
  {
    name: "a version that goes back while its store runs",
    property,
    facts,
    events: [...both(1), whole(1)],
    refused: "process 0: region 1 went back from version 2 to 1",
  },
  {
    name: "a range that changes and keeps its version",
    property,
    facts,
    events: [whole(1), held(1, 1, ["m", ""], 1)],
    refused: "region 1 of version 1 is both",
  },
  {
    name: "a new region that is nowhere at the end",
    property,
    facts,
    events: [1, 2, 3].map((store) => held(store, 1, ["m", ""], 2)),
    refused: 'the newest ranges do not tile the keys at ""',
  },
  {
    name: "the last region gone at the end",
    property,
    facts,
    events: [1, 2, 3].map((store) => held(store, 2, ["", "m"], 2)),
    refused: 'the newest ranges end at "m"',
  },
  {
    name: "a store that came back without the new region",
    property,
    facts,
    events: [...all, ["boot", 2], held(2, 1, ["m", ""], 2)],
    refused: 'the ranges of store 2 do not tile the keys at ""',
  },
  {
    name: "a store that is down at the end",
    property,
    facts,
    events: [...all, ["boot", 2], held(2, 1, ["m", ""], 2)],
    healthyStores: [1, 3],
    refused: null,
  },
]);

const split = (store: number, index = 9, version = 2, newRegion = 2): EventRow => [
  "regionSplit",
  store,
  { region: 1, newRegion, index, version },
];
const written = (store: number): EventRow => [
  "splitWritten",
  store,
  { region: 1, newRegion: 2, index: 9, version: 2 },
];
const executed = (store: number, id: number, index: number, sent: number, version = sent) =>
  ["executed", store, { region: id, index, sent, version }] as const satisfies EventRow;

testTable(epochJudge, [
  {
    name: "writes and reads of each version in its place",
    property: "epoch checks at execution",
    events: [
      split(1),
      executed(1, 1, 9, 2),
      executed(1, 1, 10, 2),
      executed(1, 2, 6, 2),
      split(2),
      executed(2, 1, 10, 2),
      split(1, 20, 3, 3),
      executed(1, 1, 20, 3),
      executed(1, 3, 5, 3),
      // Another store is behind.
      executed(2, 1, 19, 2),
    ],
    refused: null,
    checks: 10,
  },
  {
    name: "a new region of stores that all stopped before they told of it",
    property: "epoch checks at execution",
    events: [written(1), ["crash", 1], ["boot", 1], executed(1, 2, 6, 2), split(3)],
    refused: null,
  },
  {
    name: "such a region asked under the version of before its birth",
    property: "epoch checks at execution",
    events: [written(1), ["crash", 1], ["boot", 1], executed(1, 2, 6, 1, 2)],
    refused: "at index 6, where its version is 2",
  },
  {
    name: "a write of the old version behind a split",
    property: "epoch checks at execution",
    events: [split(1), executed(1, 1, 10, 1, 2)],
    refused:
      "region 1 carried out what was sent under version 1 at index 10, where its version is 2",
  },
  {
    name: "a read of a version that is not there yet",
    property: "epoch checks at execution",
    events: [split(1), executed(2, 1, 8, 2, 1)],
    refused: "sent under version 2 at index 8, where its version is 1",
  },
  {
    name: "a store that believes in another version",
    property: "epoch checks at execution",
    events: [split(1), executed(1, 1, 10, 2, 3)],
    refused: "where its version is 2",
  },
  {
    name: "a new region asked under the version of before its birth",
    property: "epoch checks at execution",
    events: [split(1), executed(1, 2, 6, 1, 2)],
    refused: "region 2 carried out",
  },
  {
    name: "a split that leaves the version as it was",
    property: "epoch checks at execution",
    events: [split(1, 9, 1)],
    refused: "a split took region 1 from version 1 to 1",
  },
  {
    name: "a split that counts twice",
    property: "epoch checks at execution",
    events: [split(1, 9, 3)],
    refused: "from version 1 to 3",
  },
  {
    name: "one place of the log, two splits",
    property: "epoch checks at execution",
    events: [split(1), split(2, 9, 2, 3)],
    refused: "two stores split region 1 at index 9 in two ways",
  },
]);

// What others make of a new region ------------------------------------------------------------

const recovered = (store: number, id: number, lastIndex: number): EventRow => [
  "regionRecovered",
  store,
  { region: id, term: 5, lastIndex, appliedIndex: lastIndex },
];
const appended = (store: number, index: number, term: number, digest: number): EventRow => [
  "entryAppended",
  store,
  { region: 2, index, term, digest },
];
const persisted = (store: number, index: number, term: number): EventRow => [
  "logPersisted",
  store,
  { region: 2, index, term, peer: 200 + store },
];
const leads = (store: number, term: number): EventRow => [
  "roleChanged",
  store,
  { region: 2, peer: 200 + store, role: 3, term },
];
const commits = (store: number, index: number, term: number): EventRow => [
  "commitAdvanced",
  store,
  { region: 2, peer: 200 + store, index, term },
];
const started: readonly EventRow[] = [1, 2, 3].map((store) => recovered(store, 1, 5));

testTable(logJudges, [
  {
    name: "the log of a new region, with a majority on disks",
    property: "quorum audit",
    events: [
      ...started,
      split(1),
      split(2),
      leads(1, 6),
      appended(1, 6, 6, 7),
      persisted(1, 6, 6),
      appended(2, 6, 6, 7),
      persisted(2, 6, 6),
      commits(1, 6, 6),
    ],
    refused: null,
  },
  {
    name: "a commit in a new region that only one disk has",
    property: "quorum audit",
    events: [
      ...started,
      split(1),
      split(2),
      leads(1, 6),
      appended(1, 6, 6, 7),
      persisted(1, 6, 6),
      commits(1, 6, 6),
    ],
    refused: "region 2: entry 6 of term 6 was committed with 1 durable of 3 copies",
  },
  ...(
    [
      [2, null],
      [1, "region 2: entry 6 of term 6 was committed with 1 durable of 3"],
    ] as const
  ).map(([copies, refused]) => ({
    name: `a commit on ${copies} disks of stores that stopped before they told of the split`,
    property: "quorum audit" as const,
    events: [
      ...started,
      ...[1, 2].flatMap((store) => [
        written(store),
        ["crash", store] as const,
        ["boot", store] as const,
        recovered(store, 1, 9),
        recovered(store, 2, 5),
      ]),
      leads(1, 6),
      ...[1, 2]
        .slice(0, copies)
        .flatMap((store) => [appended(store, 6, 6, 7), persisted(store, 6, 6)]),
      commits(1, 6, 6),
    ],
    refused,
  })),
  {
    name: "two entries at one place of a new region's log",
    property: "log matching",
    events: [split(1), split(2), appended(1, 6, 6, 7), appended(2, 6, 6, 8)],
    refused: "region 2 has two entries at index 6 of term 6",
  },
]);

const applied = (store: number, id: number, index: number): EventRow => [
  "entryApplied",
  store,
  { region: id, index, term: 6, digest: index },
];

testTable(stateMachineJudge, [
  {
    name: "a new region's first entry",
    property: "state-machine safety",
    events: [split(1), applied(1, 2, 6)],
    refused: null,
  },
  {
    name: "a new region that begins with a later entry",
    property: "state-machine safety",
    events: [split(1), applied(1, 2, 7)],
    refused: "process 0 applied index 7 of region 2 after 5",
  },
]);

testTable(progressJudge, [
  {
    name: "a store that lags in a new region",
    property: "progress after healing",
    facts: { regions: [region(1, "", "")] },
    events: [split(1), split(2), split(3), commits(1, 6, 6), applied(1, 2, 6), applied(2, 2, 6)],
    refused: "store 3 has applied 0 of region 2 at the end, committed were 6",
  },
]);
