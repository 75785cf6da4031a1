/**
 * The judges of the coprocessor. To add a case, add a row: events by name, then what clients asked
 * and got. Store 1 has `counter` 1.2.3 (load 1) and `count` 1.0.0 (load 2) in most of them.
 * Where loads come and go: coprocessor-loads.test.ts.
 */
import { coprocessorJudges } from "./coprocessor.ts";
import {
  call,
  type EventRow,
  failed,
  historyOf,
  pluginFact,
  region,
  shards,
} from "./testing/events.ts";
import { testTable } from "./testing/table.ts";

const counter = pluginFact("counter", "1.2.3");
const newer = pluginFact("counter", "1.4.0");
const count = pluginFact("count", "1.0.0");
const facts = {
  plugins: [counter, newer, count],
  regions: [region(1, "", "m"), region(2, "m", "")],
};

const load = (store: number, generation: number, plugin: typeof counter): EventRow => [
  "pluginLoaded",
  store,
  { generation, plugin: plugin.name, code: plugin.code, version: plugin.version },
];
const loads: readonly EventRow[] = [load(1, 1, counter), load(1, 2, count)];
const sent = (store = 1, attempt = 0): EventRow => [
  "clientSent",
  0,
  { operation: 1, attempt, region: 1, store },
];
const started = (generation = 1, run = 1, store = 1): EventRow => [
  "pluginStarted",
  store,
  { request: 1, generation, region: 1, run },
];
const called = (operation: number, run = 1): EventRow => [
  "pluginCalled",
  1,
  { request: 1, call: 1, operation, run },
];
const strayed = (place: number): EventRow => [
  "pluginStrayed",
  1,
  { request: 1, call: 1, place, run: 1 },
];
const answered = (failure: number): EventRow => [
  "pluginAnswered",
  1,
  { request: 1, call: 1, failed: failure, run: 1 },
];
const finished = (outcome: number, generation = 1, run = 1, store = 1): EventRow => [
  "pluginFinished",
  store,
  { request: 1, generation, outcome, run },
];
const left = (answer: number, of = 0, run = 1, store = 1): EventRow => [
  "coprocessorAnswered",
  store,
  { request: 1, answer, call: of, run },
];
const rejected = (reason: number, text: string, store = 1): EventRow => [
  "coprocessorRejected",
  store,
  { request: 1, reason, region: 1, text },
];
const served: readonly EventRow[] = [...loads, sent(), started(), finished(0), left(0)];
const says = (plugin: typeof counter, rest: string): string =>
  `probe ${plugin.name} ${plugin.version} ${plugin.code}\n${rest}`;
/** A call of `counter` that gets this answer. */
const asked = (data: string, versionReq = "*", request = "echo 1") =>
  historyOf([call("counter", request, { versionReq }), 0, 1, shards(data)]);
const good = asked(says(counter, "1"));
const silent = historyOf([call("counter", "echo 1"), 0, null, null]);

{
  const property = "dispatch";
  testTable(coprocessorJudges, [
    {
      name: "another plugin that ran",
      property,
      facts,
      events: [...loads, sent(), started(2), finished(0, 2), left(0)],
      history: silent,
      refused: "request 1 on store 1 asked for 'counter' (counter 1.2.3 of load 1), count 1.0.0",
    },
    {
      name: "the code of an earlier load",
      property,
      facts,
      events: [load(1, 1, counter), load(1, 2, newer), sent(), started(1), finished(0), left(0)],
      history: silent,
      refused: "(counter 1.4.0 of load 2), counter 1.2.3 of load 1 ran",
    },
    {
      name: "an answer that another plugin gave",
      property,
      facts,
      events: served,
      history: asked(says(count, "1")),
      refused: "request 1 for 'counter' was answered by 'count' 1.0.0",
    },
    {
      name: "an answer to another request",
      property,
      facts,
      events: served,
      history: asked(says(counter, "2")),
      refused: "with the answer to another request: 2",
    },
    {
      name: "an answer of code that did not run for it",
      property,
      facts,
      events: served,
      history: asked(says(newer, "1")),
      refused: "'counter' 1.4.0, which did not run for it",
    },
    {
      name: "an answer that no run gave",
      property,
      facts,
      events: [...loads, sent()],
      history: asked("bytes of some plugin"),
      refused: "request 1 got 1 answers, plugins gave 0",
    },
    {
      name: "a request that is taken up twice",
      property,
      facts,
      events: [...served, started(1, 2), finished(0, 1, 2), left(0, 0, 2)],
      history: good,
      refused: "request 1 was sent 1 times to store 1 and taken up 2 times",
    },
    {
      name: "a run that is answered twice",
      property,
      facts,
      events: [...served, left(0)],
      history: good,
      refused: "request 1 on store 1: an event of a run that is over",
    },
    {
      name: "a run that ends twice",
      property,
      facts,
      events: [...loads, sent(), started(), finished(0), finished(0)],
      history: silent,
      refused: "its plugin's run went on after its end",
    },
    {
      name: "a run that is never answered",
      property,
      facts,
      events: [...loads, sent(), started(), finished(0)],
      history: silent,
      refused: "request 1 ran and was never answered",
    },
    {
      name: "a plugin that is loaded and refused for its name",
      property,
      facts,
      events: [...loads, sent(), rejected(1, "No registered coprocessor with name 'counter'")],
      history: silent,
      refused: "as if no such plugin were loaded, and should have been served",
    },
    {
      name: "a refusal in words of its own",
      property,
      facts,
      events: [sent(), rejected(1, "no such plugin")],
      history: silent,
      refused: "in other words than: No registered coprocessor with name 'counter'",
    },
    {
      name: "a client that is told of another name",
      property,
      facts,
      events: [sent(), rejected(1, "No registered coprocessor with name 'counter'")],
      history: historyOf([
        call("counter", ""),
        0,
        1,
        failed("No registered coprocessor with name 'count'"),
      ]),
      refused: "which names another",
    },
    {
      name: "a name of which no store has a plugin, and then a store that has it",
      property,
      facts,
      events: [
        sent(2),
        rejected(1, "No registered coprocessor with name 'counter'", 2),
        sent(1, 1),
        ...served.filter(([name]) => name !== "clientSent"),
      ],
      history: good,
      refused: null,
    },
    {
      name: "a retry while the first run still runs, a crash in between, an endless run",
      property,
      facts,
      events: [
        ...loads,
        sent(),
        started(),
        called(1),
        sent(1, 1),
        started(1, 2),
        finished(0, 1, 2),
        left(0, 0, 2),
        ["crash", 1],
        ["boot", 1],
        ...loads,
        sent(1, 2),
        started(),
        finished(3),
      ],
      history: good,
      refused: null,
    },
  ]);
}

{
  const property = "version";
  const mismatch =
    "The plugin 'counter' with version '1.2.3' does not satisfy the version constraint " +
    "'>=1.4.0, <1.5.0'";
  const invalid = "the given version requirement is invalid";
  testTable(coprocessorJudges, [
    {
      name: "a requirement that the plugin does not satisfy",
      property,
      facts,
      events: served,
      history: asked("bytes", "1.4"),
      refused: `counter 1.2.3 of load 1 served the requirement "1.4": ${mismatch}`,
    },
    {
      name: "a requirement that does not parse",
      property,
      facts,
      events: served,
      history: asked("bytes", ">=1.0.0,<2.0.0"),
      refused: invalid,
    },
    {
      name: "a requirement that is satisfied, refused",
      property,
      facts,
      events: [...loads, sent(), rejected(3, mismatch)],
      history: historyOf([call("counter", "", { versionReq: "^1.2" }), 0, null, null]),
      refused: "for the version, and should have been served",
    },
    {
      name: "a mismatch said to be a broken requirement",
      property,
      facts,
      events: [...loads, sent(), rejected(2, invalid)],
      history: historyOf([call("counter", "", { versionReq: "1.4" }), 0, null, null]),
      refused: "as if the requirement did not parse, and should have been for the version",
    },
    {
      name: "a mismatch spelt as the client spelt it",
      property,
      facts,
      events: [...loads, sent(), rejected(3, mismatch.replace(">=1.4.0, <1.5.0", "1.4"))],
      history: historyOf([call("counter", "", { versionReq: "1.4" }), 0, null, null]),
      refused: "in other words than: The plugin 'counter'",
    },
    {
      name: "a client that is told another text",
      property,
      facts,
      events: [...loads, sent(), rejected(3, mismatch)],
      history: historyOf([call("counter", "", { versionReq: "1.4" }), 0, 1, failed(invalid)]),
      refused: "TiKV says: The plugin 'counter'",
    },
    {
      name: "a plugin that was built for another host",
      property,
      facts: { ...facts, plugins: [{ ...counter, mismatches: ["rustc" as const] }] },
      events: [load(1, 1, counter)],
      refused: "store 1 loaded counter 1.2.3, whose rustc does not fit",
    },
    {
      name: "a plugin whose version is none",
      property,
      facts: { ...facts, plugins: [{ ...counter, version: "9.9" }] },
      events: [load(1, 1, counter)],
      refused: "store 1 loaded counter 9.9, whose version does not fit",
    },
    {
      name: "a good plugin that is refused",
      property,
      facts,
      events: [["pluginRefused", 1, { plugin: "counter", reason: 1 }]],
      refused: "plugin counter was refused for its rustc, which is right",
    },
    {
      name: "a plugin refused for the second of two reasons",
      property,
      facts: {
        ...facts,
        plugins: [{ ...counter, mismatches: ["target" as const, "apiVersion" as const] }],
      },
      events: [["pluginRefused", 1, { plugin: "counter", reason: 2 }]],
      refused: "plugin counter was refused for its target",
    },
    {
      name: "odd requirements, right refusals, a plugin that must not load",
      property,
      facts: { ...facts, plugins: [...facts.plugins, pluginFact("other", "9.9")] },
      events: [
        ["pluginRefused", 1, { plugin: "other", reason: 3 }],
        ...loads,
        sent(),
        rejected(3, mismatch),
        sent(1, 1),
        rejected(3, mismatch),
      ],
      history: historyOf([call("counter", "", { versionReq: "1.4" }), 0, 1, failed(mismatch)]),
      refused: null,
      checks: 6,
    },
  ]);
}

{
  const property = "containment";
  const inside = [called(1), answered(0), finished(0), left(0)];
  const run = (...events: readonly EventRow[]): readonly EventRow[] => [
    ...loads,
    sent(),
    started(),
    ...events,
    finished(0),
    left(0),
  ];
  testTable(coprocessorJudges, [
    {
      name: "a probe that leaves its ranges",
      property,
      facts,
      events: run(called(1), strayed(1), answered(0)),
      history: good,
      refused: "request 1 on store 1: storage call 1 left the ranges of the request",
    },
    {
      name: "a probe that leaves its ranges, and whose call fails",
      property,
      facts,
      events: run(called(4), strayed(1), answered(1)),
      history: good,
      refused: "left the ranges",
    },
    {
      name: "a put outside of the region that was carried out",
      property,
      facts,
      events: run(called(4), strayed(2), answered(0)),
      history: good,
      refused: "storage call 1 left region 1 and was carried out",
    },
    {
      name: "a shard whose ranges lie in two regions",
      property,
      facts,
      events: served,
      history: historyOf([
        call("counter", "echo 1"),
        0,
        1,
        {
          kind: "shards",
          shards: [{ ranges: [{ start: "a", end: "z" }], data: says(counter, "1") }],
        },
      ]),
      refused: "request 1: one region served several",
    },
    {
      name: "a put outside of the region that was refused, a batch with gaps, a user's plugin",
      property,
      facts: { ...facts, plugins: [{ ...counter, staysInRanges: false }, count] },
      events: [
        ...run(called(4), strayed(2), answered(1)),
        sent(1, 1),
        started(1, 2),
        ["pluginCalled", 1, { request: 1, call: 1, operation: 2, run: 2 }],
        ["pluginStrayed", 1, { request: 1, call: 1, place: 2, run: 2 }],
        ["pluginAnswered", 1, { request: 1, call: 1, failed: 0, run: 2 }],
        ["pluginCalled", 1, { request: 1, call: 2, operation: 1, run: 2 }],
        ["pluginStrayed", 1, { request: 1, call: 2, place: 1, run: 2 }],
        ["pluginAnswered", 1, { request: 1, call: 2, failed: 0, run: 2 }],
      ],
      history: good,
      refused: null,
      checks: 4,
    },
    {
      name: "a probe that stays inside",
      property,
      facts,
      events: [...loads, sent(), started(), ...inside],
      history: good,
      refused: null,
      checks: 2,
    },
  ]);
}

{
  const property = "blast radius";
  const panics = (store: number): readonly EventRow[] => [
    load(store, 1, counter),
    started(1, 1, store),
    finished(2, 1, 1, store),
  ];
  const died = (store: number): EventRow => ["death", store, { how: 1 }];
  const overflow =
    "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: PosOverflow }";
  const poisoned = historyOf([
    call("counter", "", { versionReq: "18446744073709551616" }),
    0,
    null,
    null,
  ]);
  testTable(coprocessorJudges, [
    {
      name: "one request that stops two stores",
      property,
      facts,
      events: [sent(), ...panics(1), died(1), ...panics(2), died(2)],
      history: silent,
      refused: "request 1, sent 1 times, stopped 2 stores, store 2 last",
    },
    {
      name: "a store that was not sent the request",
      property,
      facts,
      events: [sent(), ...panics(2), died(2)],
      history: silent,
      refused: "request 1, sent 1 times, stopped 1 stores, store 2 last",
    },
    {
      name: "a store that goes on after its plugin panicked",
      property,
      facts,
      events: [sent(), ...panics(1), started(1, 2)],
      history: silent,
      refused: "store 1 went on after request 1 made it panic",
    },
    {
      name: "a request sent twice that stops two stores, and a third that died of something else",
      property,
      facts,
      events: [sent(), ...panics(1), died(1), sent(2, 1), ...panics(2), died(2), died(3)],
      history: silent,
      refused: null,
      checks: 2,
    },
    {
      name: "a requirement that stops its store, which comes back to the next attempt",
      property,
      facts,
      events: [
        ...loads,
        sent(),
        rejected(4, overflow),
        died(1),
        ["boot", 1],
        ...loads,
        sent(1, 1),
        rejected(4, overflow),
        died(1),
      ],
      history: poisoned,
      refused: null,
      checks: 2,
    },
    {
      name: "a requirement that should have stopped its store",
      property: "version",
      facts,
      events: [...loads, sent(), rejected(2, "the given version requirement is invalid")],
      history: poisoned,
      refused: "should have been by a panic",
    },
  ]);
}

{
  const property = "error fidelity";
  const notLeader = "peer is not leader for region 1, leader may None";
  /** A run whose call gets a region error, and that ends with this. */
  const run = (...end: readonly EventRow[]): readonly EventRow[] => [
    ...loads,
    sent(),
    started(),
    called(1),
    answered(2),
    ...end,
  ];
  const eleven = Array.from({ length: 10 }, (_, at) => sent(1, at + 1));
  testTable(coprocessorJudges, [
    {
      name: "a region error that becomes a text",
      property,
      facts,
      events: run(finished(1), left(1, 1)),
      history: silent,
      refused: "the region error of storage call 1, given back untouched, was lost",
    },
    {
      name: "a region error out of nothing",
      property,
      facts,
      events: [...loads, sent(), started(), called(1), answered(1), finished(1), left(2, 1)],
      history: silent,
      refused: "no storage call gave the region error that its client gets",
    },
    {
      name: "an error where the plugin answered",
      property,
      facts,
      events: [...loads, sent(), started(), finished(0), left(1)],
      history: silent,
      refused: "its plugin answered, and its client got an error",
    },
    {
      name: "a client that sees the text of a region error that no store sent",
      property,
      facts,
      events: run(finished(1), left(1, 0), ...eleven),
      history: historyOf([call("counter", "read"), 0, 1, failed(notLeader)]),
      refused: "got the text of a region error, which no store sent",
    },
    {
      name: "a client that gives up too early",
      property,
      facts,
      events: run(finished(1), left(2, 1)),
      history: historyOf([call("counter", "read"), 0, 1, failed(notLeader)]),
      refused: "request 1 failed after 1 attempts by a region error: peer is not leader",
    },
    {
      name: "a client that gives up in the end, or for lack of time; a plugin's own error",
      property,
      facts,
      events: run(finished(1), left(2, 1), ...eleven),
      history: historyOf(
        [call("counter", "read"), 0, 1, failed(notLeader)],
        [call("counter", "read"), 0, 1, failed("what is that?")],
      ),
      refused: null,
      checks: 2,
    },
    {
      name: "a plugin that makes a text of a region error itself",
      property,
      facts,
      events: run(finished(1), left(1, 0)),
      history: historyOf([call("counter", "read"), 0, 1, failed("storage said: stale command")]),
      refused: null,
      checks: 1,
    },
  ]);
}
