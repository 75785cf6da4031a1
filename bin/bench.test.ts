/** The measurements of `bench` in miniature: each figure comes out. To add one, add its key. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { figureSpecs } from "../scenarios/bench/index.ts";
import { UserError } from "../sim/errors.ts";
import { measureStartUp } from "./bench-machine.ts";
import { type Measurement, measureAll, processClocks, type Sizes } from "./bench-measure.ts";
import { readRecorded } from "./bench-recorded.ts";
import { packageRoot } from "./package.ts";
import { createSurroundings } from "./testing/surroundings.ts";

const small: Sizes = {
  rounds: 1,
  patienceMs: 0,
  patienceUntilMs: 0,
  warmSeeds: 2,
  roundMs: 1,
  pieces: 2,
  kernelEvents: 10_000,
  raftSeeds: 2,
  histories: 3,
  transactions: 500,
  passings: 100_000,
};

const miniature = { sizes: small, histories: null, program: null, interrupted: () => false };

test("every figure but the start-up's comes out of a run in miniature", async () => {
  const said: string[] = [];
  const next = async (about: string): Promise<boolean> => said.push(about) > 0;
  const told: string[] = [];
  const measured = ({ key }: Measurement): void => {
    told.push(key);
  };
  const options = { ...miniature, next, measured };
  const { measurements, workload } = await measureAll(options);
  expect(told).toEqual(measurements.map(({ key }) => key));
  const keys = figureSpecs.map(({ key }) => key).filter((key) => key !== "startupSeconds");
  expect(measurements.map(({ key }) => key).sort()).toEqual([...keys].sort());
  // A difference of two timings: in miniature it may come out on either side of nothing.
  const differences = ["judgingShare", "unsetFailpointNanoseconds"];
  for (const { key, value } of measurements) {
    if (differences.includes(key)) expect(Number.isFinite(value), key).toBe(true);
    else expect(value, key).toBeGreaterThanOrEqual(0);
  }
  const rates = measurements.filter(({ key }) => /Per(?:Second|Minute)|Ratio|bytes$/.test(key));
  for (const { key, value } of rates) expect(value, key).toBeGreaterThan(0);
  expect(workload?.eventsPerOperation).toBeGreaterThan(1);
  expect(workload?.electionsPerSeed).toBeGreaterThanOrEqual(1);
  expect(said).toHaveLength(10);
});

test("what stops at once measures nothing", async () => {
  const next = () => Promise.resolve(false);
  const measured = (): void => {};
  const options = { ...miniature, next, measured };
  expect(await measureAll(options)).toEqual({ measurements: [], workload: null });
});

test("the clocks go forward, and processor time is not wall time", () => {
  const [cpuMs, wallMs] = [processClocks.cpuMs(), processClocks.wallMs()];
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  expect(processClocks.wallMs() - wallMs).toBeGreaterThanOrEqual(45);
  expect(processClocks.cpuMs()).toBeGreaterThanOrEqual(cpuMs);
});

test("a program's start-up is timed, and one that fails is an error", () => {
  // A library: it loads, does nothing and ends.
  const program = join(packageRoot(), "node_modules", "commander", "index.js");
  const { cpuMs, wallMs } = measureStartUp(program);
  expect(cpuMs).toBeGreaterThan(0);
  expect(wallMs).toBeGreaterThan(0);
  expect(() => measureStartUp("no/such/program.js")).toThrow("--help succeeds");
});

test("a folder without recorded histories is named", () => {
  const read = () => readRecorded("no/such/folder", createSurroundings());
  expect(read).toThrow(UserError);
});
