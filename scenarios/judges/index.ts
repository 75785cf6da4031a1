/** All judges of runs. */

import type { Judge, JudgeFactory, RunFacts } from "../judge.ts";
import { budget } from "./budget.ts";
import { coprocessorJudges } from "./coprocessor.ts";
import { electionSafetyJudge, monotoneJudge, voteJudge } from "./elections.ts";
import { epochJudge } from "./epochs.ts";
import { historyJudges } from "./history-judges.ts";
import { hotReloadJudge } from "./hot-reload.ts";
import { logJudges } from "./logs.ts";
import { progressJudge } from "./progress.ts";
import { rangeJudge } from "./ranges.ts";
import { reloadRequestJudges } from "./reload-requests.ts";
import { checksumJudge, membershipJudge } from "./replicas.ts";
import { stateMachineJudge } from "./state-machine.ts";
import { unplannedStopJudge } from "./stops.ts";

/** In the order in which a report names what they found. */
export const clusterJudges: readonly JudgeFactory[] = [
  electionSafetyJudge,
  voteJudge,
  monotoneJudge,
  logJudges,
  stateMachineJudge,
  checksumJudge,
  membershipJudge,
  rangeJudge,
  epochJudge,
  historyJudges,
  coprocessorJudges,
  hotReloadJudge,
  reloadRequestJudges,
  unplannedStopJudge,
  progressJudge,
];

const noFacts: RunFacts = {
  stores: [],
  regions: [],
  splitKeys: [],
  plugins: [],
  fidelity: "tikv",
  files: [],
  directories: [],
  healUs: 0,
  endUs: 0,
  deadlineUs: 0,
  unrestricted: false,
};

/** Every property with its sentence. */
export const properties: readonly Pick<Judge, "property" | "sentence">[] = clusterJudges
  .flatMap((make) => make(noFacts))
  .map(({ property, sentence }) => ({ property, sentence }));

const others: ReadonlyMap<string, string> = new Map([
  [budget.property, budget.sentence],
  ["invariant", "no assertion inside stores and plugins fails"],
  ["no unexpected exception", "the code of stores and plugins throws nothing"],
]);

/** The sentence of a property, or its name. */
export function propertySentence(property: string): string {
  const known = properties.find((one) => one.property === property);
  return known?.sentence ?? others.get(property) ?? property;
}
