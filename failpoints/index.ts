/** Failpoints after fail-rs: grammar, registry and the catalogue of points. */
export {
  debugChar,
  debugString,
  incrementU64,
  type ParsedNumber,
  parseF32,
  parseU64,
  type U64,
  u64,
} from "./rust.ts";
