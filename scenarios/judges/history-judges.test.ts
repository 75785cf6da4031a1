/**
 * The judges of histories: registers, honesty, scans, stops, progress. To add a case, add a row:
 * operations as [request, call, return, answer], times in milliseconds.
 */
import { expect, test } from "vitest";
import type { NodeStop } from "../judge.ts";
import { honestyJudge } from "./honesty.ts";
import { progressJudge } from "./progress.ts";
import { linearizabilityJudge } from "./registers.ts";
import { scanJudge } from "./scans.ts";
import { unplannedStopJudge } from "./stops.ts";
import {
  call,
  done,
  type EventRow,
  failed,
  get,
  historyOf,
  judged,
  pairs,
  put,
  remove,
  scan,
  shards,
  swap,
  swapped,
  unknown,
  value,
} from "./testing/events.ts";
import { testTable } from "./testing/table.ts";

/** Request `id`'s plugin puts (4) something. */
const pluginPut = (request: number): EventRow => [
  "pluginCalled",
  1,
  { request, call: 1, operation: 4, run: 1 },
];
const reader = "probe reader 1.0.0 7\n";
const range = (start: string, end: string) => ({ kind: "deleteRange", start, end }) as const;

{
  const property = "linearizability";
  testTable(linearizabilityJudge, [
    {
      name: "a read of what was overwritten",
      property,
      history: historyOf(
        [put("a", "1"), 0, 1, done],
        [put("a", "2"), 2, 3, done],
        [get("a"), 4, 5, value("1")],
      ),
      refused: 'no order of the operations on key "a" explains their answers: operation 3',
    },
    {
      name: "a read of nothing where something is",
      property,
      history: historyOf([put("a", "1"), 0, 1, done], [get("a"), 2, 3, value(null)]),
      refused: 'key "a"',
    },
    {
      name: "a batch of which one key is old",
      property,
      history: historyOf(
        [put("a", "1"), 0, 1, done],
        [
          {
            kind: "batchPut",
            pairs: [
              ["a", "2"],
              ["b", "2"],
            ],
          },
          2,
          3,
          done,
        ],
        [{ kind: "batchGet", keys: ["a", "b"] }, 4, 5, pairs(["a", "1"], ["b", "2"])],
      ),
      refused: 'key "a"',
    },
    {
      name: "a deleted range that comes back",
      property,
      history: historyOf(
        [put("b", "1"), 0, 1, done],
        [range("a", "c"), 2, 3, done],
        [get("b"), 4, 5, value("1")],
      ),
      refused: 'key "b"',
    },
    {
      name: "two swaps from one value",
      property,
      history: historyOf(
        [put("a", "1"), 0, 1, done],
        [swap("a", "1", "2"), 2, 3, swapped(true, "1")],
        [swap("a", "1", "3"), 4, 5, swapped(true, "1")],
      ),
      refused: 'key "a"',
    },
    {
      name: "a swap that found what it expected, and failed",
      property,
      history: historyOf(
        [get("a"), 0, 1, value(null)],
        [swap("a", "1", "2"), 2, 3, swapped(false, "1")],
      ),
      refused: "swap 2 failed, and says that it found what it expected",
    },
    {
      name: "a probe that reads what was overwritten",
      property,
      history: historyOf(
        [put("b", "1"), 0, 1, done],
        [put("b", "2"), 2, 3, done],
        [call("reader", "read"), 4, 5, shards(`${reader}b=1`)],
      ),
      refused: 'key "b"',
    },
    {
      name: "an unknown write that shows, goes, and shows again",
      property,
      history: historyOf(
        [put("a", "1"), 0, 1, done],
        [put("a", "2"), 2, null, unknown],
        [get("a"), 4, 5, value("2")],
        [get("a"), 6, 7, value("1")],
      ),
      refused: 'key "a"',
    },
    {
      name: "an unknown write that shows late, a failed one that never does, overlapping reads",
      property,
      history: historyOf(
        [put("a", "1"), 0, 10, done],
        [put("a", "2"), 2, null, unknown],
        [get("a"), 4, 5, value(null)],
        [get("a"), 4, 9, value("1")],
        [put("a", "3"), 11, 12, failed("connection refused")],
        [get("a"), 13, 14, value("1")],
        [get("a"), 900, 901, value("2")],
        [get("a"), 902, null, null],
      ),
      refused: null,
      checks: 1,
    },
    {
      name: "a range that is deleted while keys are written, and one of unknown fate",
      property,
      history: historyOf(
        [put("b", "1"), 0, 5, done],
        [range("a", "c"), 1, 4, done],
        [get("b"), 6, 7, value("1")],
        [range("a", ""), 8, null, unknown],
        [get("b"), 9, 10, value("1")],
        [get("b"), 11, 12, value(null)],
        [put("z", "9"), 13, 14, done],
        [get("z"), 15, 16, value("9")],
      ),
      refused: null,
      checks: 2,
    },
    {
      name: "a swap of unknown fate, which may have been carried out",
      property,
      history: historyOf(
        [put("a", "1"), 0, 1, done],
        [swap("a", "1", "2"), 2, null, unknown],
        [get("a"), 3, 4, value("1")],
        [swap("a", "1", "3"), 5, 6, swapped(false, "2")],
      ),
      refused: null,
    },
    {
      name: "a key that a plugin wrote, which nobody can tell the order of",
      property,
      events: [pluginPut(2)],
      history: historyOf(
        [put("b", "1"), 0, 1, done],
        [call("writer", "write x"), 2, 3, shards("ok")],
        [get("b"), 4, 5, value("x")],
        [put("z", "1"), 4, 5, done],
      ),
      refused: null,
      checks: 1,
    },
  ]);

  test("tells the culprit, the reason and a picture", () => {
    const judge = judged(linearizabilityJudge, {
      history: historyOf(
        [put("a", "first......."), 0, 1, done],
        [put("a", "second......"), 2, 3, done],
        [get("a"), 4, 5, value("first.......")],
      ),
    }).get("linearizability");
    expect(judge?.violation?.atUs).toBe(5_000);
    const story = judge?.violation?.details.join("\n") ?? "";
    expect(story).toContain("process 2");
    expect(story).toContain('read = "first"');
    expect(story).toContain("client 2 #3 4.0..5.0 ms");
    for (const line of judge?.violation?.details ?? []) expect(line.length).toBeLessThan(301);
  });
}

{
  const property = "outcome honesty";
  testTable(honestyJudge, [
    {
      name: "a failed write that shows",
      property,
      history: historyOf(
        [put("a", "1"), 0, 1, failed("stale command")],
        [get("a"), 2, 3, value("1")],
      ),
      refused: "operation 2 read what failed operation 1 wrote (stale command), key a",
    },
    {
      name: "a value that nobody wrote",
      property,
      history: historyOf([put("a", "1"), 0, 1, done], [scan("a", "b"), 2, 3, pairs(["a", "2"])]),
      refused: "operation 2 read a value that nobody wrote, key a",
    },
    {
      name: "a probe that reads what a lost swap would have written",
      property,
      history: historyOf(
        [swap("a", "1", "2"), 0, 1, swapped(false, null)],
        [call("reader", "read"), 2, 3, shards(`${reader}a=2`)],
      ),
      refused: "operation 2 read a value that nobody wrote, key a",
    },
    {
      name: "an unknown write that shows, and what a plugin wrote in its ranges",
      property,
      events: [pluginPut(3)],
      history: historyOf(
        [put("a", "1"), 0, null, unknown],
        [get("a"), 2, 3, value("1")],
        [call("writer", "write x"), 4, 5, shards("ok")],
        [get("b"), 6, 7, value("x")],
      ),
      refused: null,
      checks: 2,
    },
    {
      name: "what a plugin wrote far outside of its ranges, seen by an event",
      property,
      events: [pluginPut(1), ["pluginStrayed", 1, { request: 1, call: 1, place: 1, run: 1 }]],
      history: historyOf(
        [call("writer", "write x"), 4, 5, shards("ok")],
        [get("zz"), 6, 7, value("x")],
      ),
      refused: null,
    },
    {
      name: "a plugin that reads in whose ranges an odd value shows",
      property,
      history: historyOf(
        [call("reader", "count"), 0, 1, shards(`${reader}1`)],
        [get("b"), 6, 7, value("x")],
      ),
      refused: "a value that nobody wrote",
    },
  ]);
}

{
  const property = "scan completeness";
  const three = [
    [put("a", "1"), 0, 1, done],
    [put("b", "2"), 0, 1, done],
    [put("c", "3"), 0, 1, done],
  ] as const;
  testTable(scanJudge, [
    {
      name: "a key that is missing",
      property,
      history: historyOf(...three, [scan("a", "d"), 2, 3, pairs(["a", "1"], ["c", "3"])]),
      refused: 'scan 4: key "b" was there all the while and is missing',
    },
    {
      name: "a key beyond its bounds",
      property,
      history: historyOf(...three, [scan("a", "b"), 2, 3, pairs(["a", "1"], ["b", "2"])]),
      refused: 'key "b" is outside of its bounds',
    },
    {
      name: "keys out of order",
      property,
      history: historyOf(...three, [scan("a", "c", 9, true), 2, 3, pairs(["a", "1"], ["b", "2"])]),
      refused: '"b" comes after "a"',
    },
    {
      name: "a key twice",
      property,
      history: historyOf(...three, [scan("a", "b"), 2, 3, pairs(["a", "1"], ["a", "1"])]),
      refused: '"a" comes after "a"',
    },
    {
      name: "more than the limit",
      property,
      history: historyOf(...three, [scan("a", "c", 1), 2, 3, pairs(["a", "1"], ["b", "2"])]),
      refused: "2 pairs, the limit is 1",
    },
    {
      name: "a reverse scan with a gap before its last pair",
      property,
      history: historyOf(...three, [scan("a", "d", 2, true), 2, 3, pairs(["c", "3"], ["a", "1"])]),
      refused: 'key "b" was there',
    },
    {
      name: "a probe that misses a key",
      property,
      history: historyOf(...three, [call("reader", "read"), 2, 3, shards(`${reader}a=1\nb=2`)]),
      refused: 'key "c" was there',
    },
    {
      name: "a swapped key that is missing",
      property,
      history: historyOf(
        [swap("b", null, "2"), 0, 1, swapped(true, null)],
        [scan("a", "d"), 2, 3, pairs()],
      ),
      refused: 'key "b" was there',
    },
    {
      name: "a full scan that ends before a key",
      property,
      history: historyOf(
        ...three,
        [scan("a", "", 2), 2, 3, pairs(["a", "1"], ["b", "2"])],
        [scan("a", "", 2, true), 2, 3, pairs(["c", "3"], ["b", "2"])],
        [scan("a", "", 0), 2, 3, pairs()],
      ),
      refused: null,
      checks: 3,
    },
    {
      name: "keys that may be gone, by a range begun before their put, or may not be there yet",
      property,
      history: historyOf(
        [range("a", "z"), 0, null, unknown],
        [put("a", "1"), 1, 2, done],
        [put("b", "2"), 1, null, unknown],
        [put("c", "3"), 1, 2, done],
        [remove("c"), 3, 9, done],
        [put("d", "4"), 1, 2, failed("no")],
        [put("e", "5"), 4, 9, done],
        [scan("a", "z"), 5, 6, pairs()],
      ),
      refused: null,
      checks: 1,
    },
    {
      name: "a probe's two ranges, each with what is in it, and keys that plugins write",
      property,
      events: [pluginPut(5)],
      history: historyOf(
        ...three,
        [
          call("reader", "read", { ranges: [{ start: "a", end: "b" }] }),
          2,
          3,
          {
            kind: "shards",
            shards: [
              {
                ranges: [
                  { start: "c", end: "d" },
                  { start: "a", end: "b" },
                ],
                data: `${reader}c=3\na=1`,
              },
            ],
          },
        ],
        [call("writer", "erase", { ranges: [{ start: "b", end: "c" }] }), 2, 3, shards("ok")],
        [scan("a", "d"), 4, 5, pairs(["a", "1"], ["c", "3"])],
      ),
      refused: null,
      checks: 3,
    },
  ]);
}

{
  const property = "no unplanned node stop";
  const stop: NodeStop = {
    process: 1,
    store: 2,
    atUs: 5,
    reason: "panic",
    text: "disk eio: sync",
    planned: false,
  };
  testTable(unplannedStopJudge, [
    {
      name: "a panic",
      property,
      stops: [stop],
      refused: "store 2 stopped by panic: disk eio: sync",
    },
    {
      name: "a planned stop, and a client's",
      property,
      stops: [
        { ...stop, planned: true },
        { ...stop, store: 0 },
      ],
      refused: null,
      checks: 3,
    },
  ]);
}

{
  const property = "progress after healing";
  const late = 15_000;
  const applied = (store: number, index: number): EventRow => [
    "entryApplied",
    store,
    { region: 1, index, term: 1, digest: 1 },
  ];
  const commit = (atUs: number): EventRow => [
    "commitAdvanced",
    1,
    { region: 1, peer: 101, index: 3, term: 1, atUs },
  ];
  testTable(progressJudge, [
    {
      name: "an operation that never ends",
      property,
      history: historyOf([get("a"), late, null, null]),
      refused: "operation 1 of 15000000 us never ended",
    },
    {
      name: "a failure long after healing",
      property,
      history: historyOf([get("a"), late, late + 2_000, failed("connection refused")]),
      refused: "operation 1, called 5.0 s after healing, failed: connection refused",
    },
    {
      name: "an unknown outcome long after healing",
      property,
      history: historyOf([put("a", "1"), late, late + 1, unknown]),
      refused: "failed: deadline exceeded",
    },
    {
      name: "a plugin call that nobody refused, and that failed",
      property,
      history: historyOf([call("reader", "read"), late, late + 1, failed("region 1 not found")]),
      refused: "failed: region 1 not found",
    },
    {
      name: "a store that has not applied what was committed long ago",
      property,
      events: [commit(12_000_000), applied(1, 3), applied(2, 3), applied(3, 2)],
      refused: "store 3 has applied 2 of region 1 at the end, committed were 3",
    },
    {
      name: "a store that came back behind what it had applied, and stays there",
      property,
      events: [
        commit(12_000_000),
        ...[1, 2, 3].map((store) => applied(store, 3)),
        ["regionRecovered", 3, { region: 1, term: 1, lastIndex: 3, appliedIndex: 2 }],
      ],
      refused: "store 3 has applied 2 of region 1 at the end, committed were 3",
    },
    {
      name: "a store that caught up by snapshot",
      property,
      events: [
        commit(12_000_000),
        applied(1, 3),
        applied(2, 3),
        ["snapshotInstalled", 3, { region: 1, index: 3, term: 1, peer: 103 }],
      ],
      refused: null,
      checks: 3,
    },
    {
      name: "failures just after healing, operations that began just before the end",
      property,
      history: historyOf(
        [get("a"), 13_900, 15_000, failed("connection refused")],
        [get("a"), 15_600, null, null],
        [put("a", "1"), 1_000, 5_000, unknown],
        [get("a"), late, late + 1, value(null)],
      ),
      refused: null,
      checks: 7,
    },
    {
      name: "refusals by a plugin and by the endpoint",
      property,
      events: [
        ["coprocessorAnswered", 1, { request: 1, answer: 1, call: 0, run: 1 }],
        ["coprocessorRejected", 1, { request: 2, reason: 1, region: 1, text: "no such plugin" }],
      ],
      history: historyOf(
        [call("aggregate", "?"), late, late + 1, failed("what is that?")],
        [call("none", "?"), late, late + 1, failed("no such plugin")],
      ),
      refused: null,
    },
    {
      name: "a commit just before the end, and a store that is not healthy",
      property,
      events: [commit(19_000_000), applied(1, 3), applied(2, 2)],
      healthyStores: [1, 2],
      refused: null,
    },
    {
      name: "an unrestricted plan, which asks for nothing",
      property,
      facts: { unrestricted: true },
      history: historyOf([get("a"), late, null, null]),
      refused: null,
      checks: 0,
    },
  ]);
}
