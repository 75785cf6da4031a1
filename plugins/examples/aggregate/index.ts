/** The example plugin `aggregate` for its clients: wire format, merge and reference. */
export {
  type AggregateRequest,
  type AggregateResponse,
  aggregateNames,
  averageOf,
  decodeRequest,
  decodeResponse,
  encodeRequest,
} from "./codec.ts";
export { mergeResponses, modelResponse } from "./model.ts";
