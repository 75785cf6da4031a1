/** What measures the Raft core alone. */
export { type CounterResult, runCounterGroup } from "./counter-group.ts";
