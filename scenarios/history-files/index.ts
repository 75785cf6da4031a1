/**
 * Recorded histories in files: reading, writing and converting them. Formats with an example each
 * are in FORMATS.md. Mistakes in a file are `UserError` "bad-history" with file and line.
 */
export { type JepsenEvent, type JepsenType, readJepsenEdn } from "./edn.ts";
export {
  badHistory,
  decodeHistory,
  type HistoryMistake,
  type JsonLine,
  quoted,
  readJsonLines,
  shown,
} from "./json-lines.ts";
