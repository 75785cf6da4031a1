/** Failpoints in plans and runs. */
export { addFailpoints, withFailpoints } from "./added-failpoints.ts";
export { drawingFailpoints, type FailpointChoice } from "./drawn-failpoints.ts";
export { RunFailpoints } from "./run-failpoints.ts";
