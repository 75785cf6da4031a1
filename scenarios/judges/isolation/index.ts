/** Transaction isolation of recorded histories, after Elle. Formats: FORMAT.md. */
export {
  type Anomaly,
  checkIsolation,
  type IsolationOptions,
  type IsolationVerdict,
} from "./check.ts";
export { decodeIsolationEdn, decodeIsolationLines, readIsolationHistory } from "./decode.ts";
export { type GenerateOptions, generateHistory } from "./generate.ts";
export type {
  EventType,
  IsolationEvent,
  ItemKey,
  MicroOp,
  ReadResult,
  Scalar,
  Workload,
} from "./history.ts";
export { type AnomalyName, LEVELS, type Level, parseLevel } from "./levels.ts";
