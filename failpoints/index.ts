/**
 * Failpoints after fail-rs 0.5.1, with TiKV's names. Four differences: a registry per simulation,
 * chance from the seed's stream, virtual time, and an unknown name is an error with suggestions.
 *
 * A store resolves its points once, `const point = failpoints.handle("raft_before_save")`, and asks
 * `if (point.actions !== null)` before `point.evaluate()`. To carry out `pause`, a task keeps its
 * token, calls `point.wakeOnChange` with the wake-up and yields.
 */

export { suggest } from "../sim/suggestion.ts";
export {
  checkFailpoint,
  type FailpointSetting,
  type ParsedEnvironment,
  parseEnvironment,
  type ReadOptions,
  readFailpoints,
} from "./environment.ts";
export { type ArmedAction, type Failpoint, type Outcome, PointGroup } from "./failpoint.ts";
export {
  type Action,
  type ParsedActions,
  parseActions,
  type Task,
  type TaskKind,
} from "./grammar.ts";
export {
  type FailpointCatalogue,
  type FailpointName,
  failpointCatalogue,
  type Place,
  type PointInfo,
} from "./points.ts";
export { Failpoints, type FailpointsOptions } from "./registry.ts";
export {
  debugChar,
  debugString,
  incrementU64,
  type ParsedNumber,
  parseF32,
  parseU64,
  trimText,
  type U64,
  u64,
} from "./rust.ts";
