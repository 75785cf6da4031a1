/** The scenarios that come with the test bed, suite by suite. */
import type { Scenario } from "../scenario.ts";
import { dispatch } from "./dispatch.ts";
import { failpoints } from "./failpoints.ts";
import { partitions } from "./partitions.ts";
import { raft } from "./raft.ts";
import { registers } from "./registers.ts";
import { reload } from "./reload.ts";
import { smoke } from "./smoke.ts";
import { splits } from "./splits.ts";
import { versions } from "./versions.ts";

/** Every built-in scenario; a suite is the scenarios that name it. */
export const builtInScenarios: readonly Scenario[] = [
  ...smoke,
  ...raft,
  ...dispatch,
  ...versions,
  ...reload,
  ...partitions,
  ...failpoints,
  ...registers,
  ...splits,
];
