/** All judges of runs. */
import type { Judge, JudgeFactory, RunFacts } from "../judge.ts";
import { electionSafetyJudge } from "./elections.ts";
import { progressJudge } from "./progress.ts";
import { linearizabilityJudge } from "./registers.ts";
import { stateMachineJudge } from "./state-machine.ts";
import { unplannedStopJudge } from "./stops.ts";

/** In the order in which a report names what they found. */
export const clusterJudges: readonly JudgeFactory[] = [
  electionSafetyJudge,
  stateMachineJudge,
  linearizabilityJudge,
  unplannedStopJudge,
  progressJudge,
];

const noFacts: RunFacts = {
  stores: [],
  regions: [],
  plugins: [],
  healUs: 0,
  endUs: 0,
  unrestricted: false,
};

/** Every property with its sentence. */
export const properties: readonly Pick<Judge, "property" | "sentence">[] = clusterJudges.map(
  (make) => {
    const { property, sentence } = make(noFacts);
    return { property, sentence };
  },
);

const others: ReadonlyMap<string, string> = new Map([
  ["invariant", "no assertion inside stores and plugins fails"],
  ["no unexpected exception", "the code of stores and plugins throws nothing"],
]);

/** The sentence of a property, or its name. */
export function propertySentence(property: string): string {
  const known = properties.find((one) => one.property === property);
  return known?.sentence ?? others.get(property) ?? property;
}
