/** Failpoints of the command line and the environment. To add a case, add a row to a table. */
import { expect, test } from "vitest";
import { UserError } from "../sim/errors.ts";
import { failpointSettings } from "./failpoint-settings.ts";

const accepted: readonly (readonly [string, readonly string[], string | null, string])[] = [
  ["nothing", [], null, ""],
  ["an option", ["raft_before_save=0.1%panic"], null, "raft_before_save=0.1%panic"],
  [
    "the variable",
    [],
    "raft_propose=return; on_handle_apply=off",
    "raft_propose=return on_handle_apply=off",
  ],
  [
    "several options, of several parts",
    ["raft_propose=return;on_handle_apply=off", "snap_send_error=pause"],
    null,
    "raft_propose=return on_handle_apply=off snap_send_error=pause",
  ],
  [
    "an option before the variable",
    ["raft_propose=pause"],
    "raft_propose=return;on_handle_apply=off",
    "on_handle_apply=off raft_propose=pause",
  ],
];

test.each(accepted)("%s", (_, options, variable, expected) => {
  const settings = failpointSettings(options, variable);
  expect(settings.map(({ name, actions }) => `${name}=${actions}`).join(" ")).toBe(expected);
});

const refused: readonly (readonly [string, readonly string[], string | null, string])[] = [
  ["an empty option", [""], null, "--failpoint | expected name=actions"],
  ["an unknown name", ["raft_befor_save=panic"], null, "did you mean raft_before_save"],
  ["an unknown name in the variable", [], "raft_propos=off", "FAILPOINTS, part 1"],
  ["no actions", ["raft_propose"], null, "expected name=actions"],
  ["actions that do not parse", ["raft_propose=explode"], null, "expected [chance%]"],
  ["a return where there is none", ["raft_before_save=return"], null, "it may: sleep"],
  ["what nothing passes", ["prewrite=panic"], null, "failpoint prewrite | expected one that"],
  ["a name twice", ["raft_propose=off", "raft_propose=pause"], null, "joined by"],
];

test.each(refused)("refuses %s", (_, options, variable, expected) => {
  try {
    failpointSettings(options, variable);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.code).toBe("bad-failpoint");
    expect(`${error.where} | ${error.hint}`).toContain(expected);
    return;
  }
  expect.unreachable("it was accepted");
});
