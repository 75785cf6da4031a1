/** What a mistyped name may have meant. To add a case, write a row. */
import { expect, test } from "vitest";
import { suggest } from "./suggestion.ts";

const names = ["raft-outages", "raft-reads", "smoke", "smoke-calm", "versions-mixed"];

test.each([
  ["smok", ["smoke", "smoke-calm"]],
  ["raft_reads", ["raft-reads"]],
  ["Versions Mixed", ["versions-mixed"]],
  ["quite-something-else", []],
  ["", []],
  ["x".repeat(200), []],
])("%s", (wrong, expected) => {
  expect(suggest(wrong, names)).toEqual(expected);
});
