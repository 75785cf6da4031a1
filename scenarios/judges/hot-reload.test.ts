/**
 * The judge of hot reload. To add a case, add a row: what happens to the directory of store 1 and
 * what the store tells, by seconds. Its directory holds `a.so` with counter 1.2.3 at first; a row
 * may say otherwise. The reference is told apart from the code that it judges by these rows alone.
 */
import { directoryChanges, loadRefusals } from "../../nodes/events.ts";
import { digestText } from "../../sim/bytes.ts";
import { hotReloadJudge } from "./hot-reload.ts";
import { type EventRow, pluginFact, stops } from "./testing/events.ts";
import { type TableRow, testTable } from "./testing/table.ts";

const old = pluginFact("counter", "1.2.3");
const newer = pluginFact("counter", "1.4.0");
const other = pluginFact("count", "1.0.0");
const foreign = pluginFact("counter", "9.9.8", { mismatches: ["rustc"] });
const names = ["a.so", "b.so", "c.so", "b.so.tmp"];
type Fact = typeof old;

const facts = {
  plugins: [old, newer, other, foreign],
  files: names.map((name) => ({ name, digest: digestText(name) })),
  directories: [{ store: 1, file: digestText("a.so"), code: old.code }],
};

const at = (seconds: number): number => Math.round(seconds * 1e6);
const row = (
  seconds: number,
  name: EventRow[0],
  fields: Readonly<Record<string, number | string>>,
): EventRow => [name, 1, { ...fields, atUs: at(seconds) }];

const boot = (seconds = 0): EventRow => ["boot", 1, { atUs: at(seconds) }];
const down = (seconds: number, stop: (typeof stops)[number] = "crash"): EventRow => [
  stop,
  1,
  { atUs: at(seconds) },
];
const listed = (seconds: number, file: string, plugin: Fact | null, position = 0): EventRow =>
  row(seconds, "directoryListed", { file, position, content: plugin?.code ?? 0, of: 1 });
const ready = (seconds: number): EventRow => row(seconds, "storeReady", { store: 1 });
const opened = (seconds: number, file: string, generation: number, plugin: Fact): EventRow =>
  row(seconds, "pluginOpened", { file, generation, cause: 0, code: plugin.code });
const refused = (seconds: number, file: string, reason: keyof typeof loadRefusals): EventRow =>
  row(seconds, "pluginRefused", { plugin: 0, reason: loadRefusals[reason], file });
const replaced = (seconds: number, generation: number, by: number): EventRow =>
  row(seconds, "pluginReplaced", { generation, by });
const withdrawn = (seconds: number, generation: number): EventRow =>
  row(seconds, "pluginWithdrawn", { generation, file: "a.so" });
const changed = (
  seconds: number,
  change: keyof typeof directoryChanges,
  file: string,
  plugin: Fact | null = null,
  to = "",
): EventRow =>
  row(seconds, "directoryChanged", {
    file,
    change: directoryChanges[change],
    content: plugin?.code ?? 0,
    other: to === "" ? 0 : to,
  });

/** Store 1 has started with `a.so`. */
const started: readonly EventRow[] = [
  boot(),
  listed(0, "a.so", old),
  opened(0, "a.so", 1, old),
  ready(0),
];
/** A whole copy of `b.so` from second 1 on, and the delay after it. */
const copied: readonly EventRow[] = [
  changed(1, "created", "b.so"),
  changed(1.2, "written", "b.so", newer),
  changed(1.2, "closed", "b.so", newer),
];
const newOnly: readonly EventRow[] = [opened(4.2, "b.so", 2, newer), replaced(4.2, 1, 2)];
const beside: readonly EventRow[] = [opened(4.2, "b.so", 2, newer)];

const twoAtOnce: readonly EventRow[] = [
  ...started,
  changed(1, "movedIn", "b.so", newer),
  changed(1, "movedIn", "c.so", old),
];
/** Each file is loaded in the place of what served before. */
const inTurn = (...files: readonly (readonly [file: string, plugin: Fact])[]): EventRow[] =>
  files.flatMap(([file, plugin], at) => [
    opened(4, file, at + 2, plugin),
    replaced(4, at + 1, at + 2),
  ]);

type Told = readonly [
  name: string,
  events: readonly EventRow[],
  refused: string | null,
  checks?: number,
];

/** What both policies have in common. */
const common: readonly Told[] = [
  ["a start with one file", started, null],
  ["a file that the scan misses", [boot(), ready(0)], "store 1 found a.so not at all at its start"],
  [
    "a file that the scan takes for another",
    [boot(), listed(0, "a.so", newer), ready(0)],
    "store 1 found a.so as something else",
  ],
  [
    "a file that is not there",
    [boot(), listed(0, "a.so", old), listed(0, "b.so", old, 1), ready(0)],
    "found b.so, which is not there",
  ],
  [
    "a file that is listed and not loaded",
    [boot(), listed(0, "a.so", old), ready(0)],
    "store 1 after its start serves nothing, its directory's history makes that counter 1.2.3",
  ],
  [
    "a file that no host admits",
    [...started.slice(0, 1), ...alone(foreign)],
    "serves counter 9.9.8, its directory's history makes that nothing",
  ],
  [
    "a partial file that is loaded",
    [...started, changed(1, "created", "b.so"), opened(1.1, "b.so", 2, newer)],
    "store 1 loaded counter 1.4.0 from b.so, which is not whole",
  ],
  [
    "code that the file does not hold",
    [...started, ...copied, opened(4.2, "b.so", 2, old)],
    "loaded counter 1.2.3 from b.so, which holds counter 1.4.0",
  ],
  [
    "a file that nobody copied",
    [...started, opened(1, "c.so", 2, other)],
    "loaded count 1.0.0 from c.so, which does not exist",
  ],
  [
    "a new file that is never loaded",
    [...started, ...copied],
    "store 1 at the end serves counter 1.2.3, its directory's history makes that counter",
  ],
  ...stops.map(
    (stop): Told => [
      `a change that the watcher has not told of before ${stop}`,
      [...started, ...copied, down(4, stop)],
      null,
    ],
  ),
  ["a file that is no library", [...started, changed(1, "movedIn", "b.so.tmp", newer)], null],
  [
    "a whole file that is refused as broken",
    [...started, ...copied, refused(4.2, "b.so", "notALibrary")],
    "store 1 refused b.so as broken, which holds counter 1.4.0",
  ],
  [
    "a path that is refused as loaded and was not",
    [...started, ...copied, refused(4.2, "b.so", "reload")],
    "store 1 refused b.so as loaded before, which it need not do",
  ],
  [
    "a restart that forgets a file",
    [...started, down(5), boot(6), listed(6, "a.so", old), ready(6)],
    "after its start serves nothing",
  ],
  [
    "a file that came while the store was down",
    [
      ...started,
      down(5),
      changed(5.5, "movedIn", "c.so", other),
      boot(6),
      listed(6, "a.so", old),
      opened(6, "a.so", 1, old),
      listed(6, "c.so", other, 1),
      opened(6, "c.so", 2, other),
      ready(6),
    ],
    null,
  ],
  [
    "a file that comes while the store recovers: the watcher tells of it after the scan",
    [
      ...started,
      down(5),
      boot(6),
      changed(6.1, "movedIn", "c.so", other),
      listed(6.2, "a.so", old),
      opened(6.2, "a.so", 1, old),
      listed(6.2, "c.so", other, 1),
      ready(6.2),
      opened(9.1, "c.so", 2, other),
    ],
    null,
  ],
  [
    "a file that a power loss took",
    [...started, down(5), changed(5, "lost", "a.so"), boot(6), ready(6)],
    null,
  ],
  ["a store that stood still", [...started, ["pause", 1], ...copied], null],
];

function alone(plugin: Fact): readonly EventRow[] {
  return [changed(0, "movedIn", "a.so", plugin), listed(0, "a.so", plugin), ...of(plugin)];
}

function of(plugin: Fact): readonly EventRow[] {
  return [opened(0, "a.so", 1, plugin), ready(0)];
}

const tikv: readonly Told[] = [
  ["an upgrade by a new path", [...started, ...copied, ...newOnly], null],
  ["an upgrade by the same path", [...started, changed(1, "written", "a.so", newer)], null],
  [
    "the same path, loaded again",
    [
      ...started,
      changed(1, "written", "a.so", newer),
      opened(4, "a.so", 2, newer),
      replaced(4, 1, 2),
    ],
    "serves counter 1.4.0, its directory's history makes that counter 1.2.3",
  ],
  [
    "two new files at one instant: the one that came last serves",
    [...twoAtOnce, ...inTurn(["b.so", newer], ["c.so", old])],
    null,
  ],
  [
    "two new files at one instant, loaded in the other order",
    [...twoAtOnce, ...inTurn(["c.so", old], ["b.so", newer])],
    "serves counter 1.4.0, its directory's history makes that counter 1.2.3",
  ],
  [
    "two new files at one instant, and the first is written once more",
    [...twoAtOnce, changed(1, "written", "b.so", newer), ...inTurn(["c.so", old], ["b.so", newer])],
    null,
  ],
  ["a deleted file goes on serving", [...started, changed(1, "deleted", "a.so")], null],
  [
    "a deleted file that does not",
    [...started, changed(1, "deleted", "a.so"), withdrawn(4, 1)],
    "store 1 withdrew load 1, nothing is ever unloaded",
  ],
  [
    "a copy that stalls is never loaded",
    [...started, changed(1, "created", "b.so"), changed(5, "written", "b.so", newer)],
    null,
  ],
  [
    "a copy that stalls and is loaded all the same",
    [
      ...started,
      changed(1, "created", "b.so"),
      changed(5, "written", "b.so", newer),
      opened(8, "b.so", 2, newer),
      replaced(8, 1, 2),
    ],
    "makes that counter 1.2.3",
  ],
  [
    "a rename within the delay is loaded",
    [
      ...started,
      changed(1, "movedIn", "b.so.tmp", newer),
      changed(3, "renamed", "b.so.tmp", newer, "b.so"),
      opened(6, "b.so", 2, newer),
      replaced(6, 1, 2),
    ],
    null,
  ],
  [
    "a rename within the delay that is not",
    [
      ...started,
      changed(1, "movedIn", "b.so.tmp", newer),
      changed(3, "renamed", "b.so.tmp", newer, "b.so"),
    ],
    "makes that counter 1.4.0",
  ],
  [
    "a rename after the delay is not loaded",
    [
      ...started,
      changed(1, "movedIn", "b.so.tmp", newer),
      changed(4.5, "renamed", "b.so.tmp", newer, "b.so"),
    ],
    null,
  ],
  [
    "deleted and back within the delay: written, not loaded",
    [...started, changed(1, "deleted", "a.so"), changed(2, "movedIn", "a.so", newer)],
    null,
  ],
  [
    "the same path after a delete and the delay: refused for ever",
    [
      ...started,
      changed(1, "deleted", "a.so"),
      changed(5, "movedIn", "a.so", newer),
      refused(8, "a.so", "reload"),
    ],
    null,
  ],
  [
    "a new file that goes within the delay",
    [...started, changed(1, "movedIn", "b.so", newer), changed(2, "deleted", "b.so")],
    null,
  ],
  [
    "of two files with one name the last of the scan serves",
    [
      boot(),
      changed(0, "movedIn", "b.so", newer),
      listed(0, "b.so", newer),
      opened(0, "b.so", 1, newer),
      listed(0, "a.so", old, 1),
      opened(0, "a.so", 2, old),
      replaced(0, 1, 2),
      ready(0),
    ],
    null,
  ],
  [
    "of two files with one name the first of the scan",
    [
      boot(),
      changed(0, "movedIn", "b.so", newer),
      listed(0, "b.so", newer),
      opened(0, "b.so", 1, newer),
      listed(0, "a.so", old, 1),
      ready(0),
    ],
    "serves counter 1.4.0, its directory's history makes that counter 1.2.3",
  ],
  [
    "half a rename and back: the watcher may say either",
    [...started, changed(1, "movedOut", "a.so"), changed(2, "movedIn", "a.so", newer)],
    null,
    3,
  ],
  [
    "a write at the very instant at which the delay ends: either",
    [...started, changed(1, "created", "b.so"), changed(4, "written", "b.so", newer)],
    null,
    3,
  ],
];

const contract: readonly Told[] = [
  ["an upgrade by a new path: both serve", [...started, ...copied, ...beside], null],
  [
    "an upgrade by a new path that takes the old one away",
    [...started, ...copied, ...newOnly],
    "serves counter 1.4.0, its directory's history makes that counter 1.2.3, counter 1.4.0",
  ],
  [
    "an upgrade by the same path",
    [
      ...started,
      changed(1, "written", "a.so", newer),
      opened(4, "a.so", 2, newer),
      replaced(4, 1, 2),
    ],
    null,
  ],
  [
    "an upgrade by the same path that is not seen",
    [...started, changed(1, "written", "a.so", newer)],
    "serves counter 1.2.3, its directory's history makes that counter 1.4.0",
  ],
  [
    "a deleted file is withdrawn",
    [...started, changed(1, "deleted", "a.so"), withdrawn(4, 1)],
    null,
  ],
  [
    "a deleted file that goes on serving",
    [...started, changed(1, "deleted", "a.so")],
    "serves counter 1.2.3, its directory's history makes that nothing",
  ],
  ["a broken file: what it gave goes on", [...started, changed(1, "written", "a.so")], null],
  [
    "a broken file that takes its plugin away",
    [...started, changed(1, "written", "a.so"), withdrawn(4, 1)],
    "store 1 withdrew load 1 while a.so is there",
  ],
  [
    "a copy that stalls is loaded when it is whole",
    [
      ...started,
      changed(1, "created", "b.so"),
      changed(5, "written", "b.so", newer),
      opened(8, "b.so", 2, newer),
    ],
    null,
  ],
  [
    "new over a file that serves, and gone within the delay",
    [...started, changed(1, "movedIn", "a.so", newer), changed(2, "deleted", "a.so")],
    "serves counter 1.2.3, its directory's history makes that nothing",
  ],
  [
    "a rename keeps what was loaded",
    [...started, changed(1, "renamed", "a.so", old, "b.so")],
    null,
  ],
  ["moved away", [...started, changed(1, "movedOut", "a.so"), withdrawn(4, 1)], null],
];

const rows = (fidelity: "tikv" | "contract", told: readonly Told[]): readonly TableRow[] =>
  told.map(([name, events, refused, checks]) => ({
    name: `(${fidelity}): ${name}`,
    property: "hot reload",
    facts: { ...facts, fidelity },
    events,
    refused,
    ...(checks === undefined ? {} : { checks }),
  }));

testTable(hotReloadJudge, rows("tikv", common));
testTable(hotReloadJudge, rows("contract", common));
testTable(hotReloadJudge, rows("tikv", tikv));
testTable(hotReloadJudge, rows("contract", contract));
