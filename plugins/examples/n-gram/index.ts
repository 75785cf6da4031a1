/** The example plugin `n-gram` for its clients: wire format, merge and reference. */
export {
  type DocumentName,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  type FoundDocument,
  type NGramRequest,
  type NGramResponse,
} from "./codec.ts";
export {
  type Candidate,
  matchesOf,
  mergeResponses,
  modelAnswer,
  type NGramResult,
} from "./model.ts";
export { indexRanges, rowsOf } from "./rows.ts";
