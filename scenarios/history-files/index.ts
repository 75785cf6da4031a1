/**
 * Recorded histories in files: reading, writing and converting them. Formats with an example each
 * are in FORMATS.md. Mistakes in a file are `UserError` "bad-history" with file and line.
 */
export { type JepsenEvent, type JepsenType, readJepsenEdn } from "./edn.ts";
export { operationsFromEdn, operationsFromLog } from "./jepsen.ts";
export {
  badHistory,
  decodeHistory,
  type HistoryMistake,
  type JsonLine,
  quoted,
  readJsonLines,
  shown,
} from "./json-lines.ts";
export { isModelName, readOperations, writeOperations } from "./linearizability.ts";
export {
  type ModelName,
  modelNames,
  type Operation,
  type Output,
  type Scalar,
} from "./operations.ts";
export { modelOf } from "./registers.ts";
