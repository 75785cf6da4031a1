/** How V8's collector is told to treat the worlds of runs. */
import { setFlagsFromString } from "node:v8";

/**
 * Where many worlds are collected half grown, V8 takes it that what they are made of gets old, and
 * allocates arrays among the old objects from then on. There, dead or not, they keep the rest of
 * their world alive until the next full collection: 0.9 MB a seed of workload W. Without this, W's
 * heap is as small after a thousand seeds as after one, and W takes a tenth less of the processor.
 */
export const collectorFlag = "--no-allocation-site-pretenuring";

/** Up to Node 24 V8 is known to have the flag; of one that it has not it would complain. */
export const hasCollectorFlag: boolean = Number.parseInt(process.versions.node, 10) <= 24;

/**
 * First thing in those of our programs that run worlds; a library leaves its host's V8 alone. What
 * worlds compute does not depend on it.
 */
export function keepWorldsYoung(): void {
  if (hasCollectorFlag) setFlagsFromString(collectorFlag);
}
