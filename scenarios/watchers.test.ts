/**
 * Who hears of what: each watcher the kinds that it names, in the watchers' order, with the time.
 * To add a case, add a row: the kinds of each watcher, the events, and what is heard.
 */
import { expect, test } from "vitest";
import type { ProcessId } from "../sim/index.ts";
import type { Watcher } from "./judge.ts";
import { Watchers } from "./watchers.ts";

const rows: readonly (readonly [
  name: string,
  kinds: readonly (readonly number[])[],
  events: readonly number[],
  heard: readonly string[],
])[] = [
  ["nobody watches", [], [0, 7], []],
  ["a watcher that wants nothing", [[]], [0, 7], []],
  ["the kinds that are named, and no others", [[7, 3]], [2, 3, 4, 7, 8], ["0:3", "0:7"]],
  ["the first and the last kind", [[0, 9]], [0, 9, 10, 5_000], ["0:0", "0:9"]],
  ["several of one kind, in their order", [[5], [6], [5, 6]], [6, 5], ["1:6", "2:6", "0:5", "2:5"]],
];

test.each(rows)("%s", (_name, kinds, events, heard) => {
  const said: string[] = [];
  const watchers = kinds.map((own, at): Watcher => {
    return { kinds: own, event: (kind) => said.push(`${at}:${kind}`) };
  });
  const all = new Watchers({ nowUs: 0 }, watchers);
  for (const kind of events) all.event(kind, 1 as ProcessId, 0, 0, 0, 0);
  expect(said).toEqual(heard);
});

test("an event arrives whole, with the time at which it happens", () => {
  const said: (readonly number[])[] = [];
  const clock = { nowUs: 5 };
  const all = new Watchers(clock, [{ kinds: [4], event: (...event) => said.push(event) }]);
  all.event(4, 1 as ProcessId, -2, 4_000_000_000, 2 ** 40, 3);
  clock.nowUs = 6_000_000_000;
  all.event(4, -1 as ProcessId, 0, 0, 0, 0);
  expect(said).toEqual([
    [4, 1, -2, 4_000_000_000, 2 ** 40, 3, 5],
    [4, -1, 0, 0, 0, 0, 6_000_000_000],
  ]);
});
