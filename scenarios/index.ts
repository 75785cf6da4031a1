/**
 * Scenarios: plans, runs, judges, and everything that is done with them. Also the library entry of
 * the package: what scenario files of users import.
 */

/** The generators that contracts are written with: the very copy that the checks draw from. */
export { default as fc } from "fast-check";
export { type Attribution, attributionOf } from "./attribution.ts";
export {
  type CampaignOptions,
  type Failure,
  type PortableReport,
  portable,
  runCampaign,
  type ScenarioReport,
  Tally,
} from "./campaign.ts";
export { withConfig } from "./configuration.ts";
export {
  defineScenario,
  isScenario,
  type ScenarioDefinition,
  scenarioOfPlan,
} from "./define.ts";
export { PreparedEnvironment, realSystem } from "./environment.ts";
export { withFailpoints } from "./failpoints/index.ts";
export { storyOf } from "./failure-story.ts";
export { type Gate, type GateCounts, gateSentences } from "./gates.ts";
export type { History, HistoryOperation, HistoryRequest } from "./history.ts";
export type { Judge, JudgeFactory, Violation } from "./judge.ts";
export { properties, propertySentence } from "./judges/index.ts";
export type { Plan } from "./plan.ts";
export { parsePlan } from "./plan-schema.ts";
export {
  decisionsOf,
  formatRepro,
  type PlanSize,
  parseRepro,
  type Repro,
  reproSchema,
  sizeOf,
} from "./repro.ts";
export { type Environment, type RunResult, runPlan, type System } from "./runner.ts";
export {
  type PlanChoices,
  type Scenario,
  type ScenarioGate,
  type Strategy,
  strategies,
} from "./scenario.ts";
export { selectScenarios } from "./select.ts";
export { baseSpec, type Spec } from "./spec.ts";
export { builtInScenarios } from "./suites/index.ts";
export { formatTrace } from "./trace-text.ts";
export {
  type Budgets,
  type Contract,
  type ContractDefinition,
  type ContractKind,
  type ContractPart,
  defineContract,
} from "./verify/contract.ts";
