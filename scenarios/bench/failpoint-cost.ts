/** What it costs a store to pass a failpoint that nobody set. */
import { type Failpoint, Failpoints, failpointCatalogue } from "../../failpoints/index.ts";
import { assert } from "../../sim/assert.ts";
import { type Clocks, timed } from "./stopwatch.ts";

/** Nanoseconds of processor time for one passing, over `passings`; never below 0. */
export function unsetFailpointNanoseconds(passings: number, clocks: Clocks): number {
  const registry = new Failpoints({ catalogue: failpointCatalogue, draw: () => 0 });
  const point = registry.handle("raft_before_save");
  const work = { steps: 0, hits: 0 };
  step(work, passings);
  pass(point, work, passings);
  const bare = timed(clocks, () => step(work, passings)).cpuMs;
  const passed = timed(clocks, () => pass(point, work, passings)).cpuMs;
  assert(work.hits === 0 && work.steps !== 0, "the point is not set, the work was done");
  return Math.max(0, ((passed - bare) * 1e6) / passings);
}

type Work = { steps: number; hits: number };

/** Something to do, so that a loop is no empty one. */
function step(work: Work, times: number): void {
  for (let at = 0; at < times; at++) work.steps = (Math.imul(work.steps, 31) + at) | 1;
}

/** The same, with a failpoint as stores have them. */
function pass(point: Failpoint, work: Work, times: number): void {
  for (let at = 0; at < times; at++) {
    if (point.actions !== null && point.evaluate() !== null) work.hits++;
    work.steps = (Math.imul(work.steps, 31) + at) | 1;
  }
}
