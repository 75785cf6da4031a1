/** Verification of one plugin: contracts, checks, their cases, and repro files. */
export { builtInContracts } from "./built-in-contracts.ts";
export { type CaseSize, caseSize, type VerifyCase } from "./case.ts";
export { checkById, checkCatalogue } from "./catalogue.ts";
export {
  type Check,
  type Complaint,
  type Origin,
  Seen,
  type StoryLine,
  Subject,
} from "./check.ts";
export { type Confirmation, confirmingStores } from "./cluster-run.ts";
export {
  type Budgets,
  type Contract,
  type ContractConcurrency,
  type ContractDefinition,
  type ContractIsolation,
  type ContractKind,
  type ContractPart,
  type ContractSending,
  defineContract,
  isContract,
} from "./contract.ts";
export type { Containment, OverlapPolicy, StorageApi, TikvBuild } from "./contract-policy.ts";
export type { CostFigure, FigureMetric } from "./cost/figures.ts";
export {
  type CostDrift,
  type CostSnapshot,
  checkComparable,
  compareCosts,
  costSnapshotSchema,
  formatCostSnapshot,
  type Measurement,
  parseCostSnapshot,
} from "./cost/snapshot.ts";
export { downgradedClasses, type ErrorClass, errorClasses } from "./error-classes.ts";
export { type HintCode, hintAdvice } from "./hints.ts";
export {
  type CheckId,
  checkCount,
  checksUpTo,
  type Level,
  levelOf,
  levelReached,
  levelStanding,
  levels,
} from "./levels.ts";
export type { CellVerdict, MatrixRow } from "./matrix.ts";
export {
  type CheckReport,
  type Finding,
  runChecks,
  type VerificationOptions,
} from "./verification.ts";
export {
  formatVerifyRepro,
  isVerifyRepro,
  parseVerifyRepro,
  type VerifyRepro,
  verifyReproSchema,
} from "./verify-repro.ts";
