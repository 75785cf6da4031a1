/** The scenarios that come with the test bed, suite by suite. */
import type { Scenario } from "../scenario.ts";
import { smoke } from "./smoke.ts";

/** Every built-in scenario; a suite is the scenarios that name it. */
export const builtInScenarios: readonly Scenario[] = [...smoke];
