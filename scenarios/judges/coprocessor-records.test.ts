/** How often operations were sent, and where. To add a case, add a row: operations, stores. */
import { expect, test } from "vitest";
import { eventKinds } from "../../nodes/events.ts";
import { type CoprocessorListener, CoprocessorRecords } from "./coprocessor-records.ts";
import { factsOf } from "./testing/events.ts";

const deaf: CoprocessorListener = {
  loaded: () => {},
  refused: () => {},
  impossible: () => {},
  called: () => {},
  answered: () => {},
  died: () => {},
  survived: () => {},
};
const facts = factsOf();
const stores = facts.stores.map(({ store }) => store);

test.each([
  ["small ids", [1, 2, 2_000]],
  ["ids that grow the array", [5_000, 65_535]],
  ["ids around the last that has room", [65_534, 65_535, 65_536, 65_537]],
  ["the largest ids that a plan may give", [2_000_000_000, 2 ** 53 - 2, 2 ** 53 - 1]],
])("%s", (_name, operations) => {
  const records = new CoprocessorRecords(facts, deaf);
  // The first once to each store, the second twice, and so on; and once to no store at all.
  for (const [at, operation] of operations.entries()) {
    for (const store of [...stores.flatMap((one) => Array(at + 1).fill(one)), 99]) {
      records.event(eventKinds.clientSent, 0, operation, 0, 1, store, 0);
    }
  }
  for (const [at, operation] of operations.entries()) {
    expect(records.sentCount(operation)).toBe((at + 1) * stores.length + 1);
    for (const { process } of facts.stores) {
      expect(records.sentCount(operation, process)).toBe(at + 1);
    }
    expect(records.sentCount(operation, 1_000)).toBe(0);
  }
  expect(records.sentCount(3)).toBe(0);
});
