/** How V8's collector is told to treat the worlds of runs. */
import { setFlagsFromString } from "node:v8";

/**
 * Where many worlds are collected half grown, V8 takes it that what they are made of gets old, and
 * allocates arrays among the old objects from then on. There, dead or not, they keep the rest of
 * their world alive until the next full collection: 0.9 MB a seed of workload W. Without this, W's
 * heap is as small after a thousand seeds as after one, and W takes a tenth less of the processor.
 */
export const collectorFlag = "--no-allocation-site-pretenuring";

/** The newest Node whose V8 is known to have the flag; an unknown one makes V8 complain. */
const nodeMax = 24;

/** First thing in a process that runs worlds. What they compute does not depend on it. */
export function keepWorldsYoung(): void {
  if (Number.parseInt(process.versions.node, 10) <= nodeMax) setFlagsFromString(collectorFlag);
}
