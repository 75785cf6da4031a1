/** What `coprsim bench` measures of processes: memory, and how long one takes to start. */
import { spawnSync } from "node:child_process";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Cluster, wireCodec } from "../nodes/index.ts";
import { type Lap, SeedsBench } from "../scenarios/bench/index.ts";
import type { Scenario, System } from "../scenarios/index.ts";
import { assert } from "../sim/assert.ts";
import { fail } from "./seeds.ts";

/** The most memory that this process had so far, in MB (10^6 bytes). */
export function peakMegabytes(): number {
  return process.resourceUsage().maxRSS / 1000;
}

/**
 * What one world holds at the end of its seed, in MB: what a garbage collection cannot take away
 * while its cluster, kernel, engines and plugins are in use, against the same after they are gone.
 */
export async function measureWorld(scenario: Scenario): Promise<number> {
  const held: { world: readonly unknown[] | null } = { world: null };
  const system: System = {
    codec: wireCodec,
    start: (options) => {
      const cluster = new Cluster(options);
      held.world = [cluster, options];
      return cluster;
    },
  };
  const clocks = { cpuMs: () => 0, wallMs: () => 0 };
  const bench = new SeedsBench({ scenario, clocks, turn, system, onFailure: fail });
  await bench.prepare();
  // Whatever is compiled or cached at first use must not count as the world's.
  await bench.run(3);
  held.world = [held.world, bench];
  const collect = collector();
  const withWorld = liveBytes(collect);
  held.world = null;
  return Math.max(0, withWorld - liveBytes(collect)) / 1e6;
}

function liveBytes(collect: () => void): number {
  // Twice: what finalizers let go of goes the second time.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  assert(typeof collect === "function", "Node hands out its collector when asked to");
  return () => void collect();
}

/** How long `node program --help` takes; the processor time as that process saw it. */
export function measureStartUp(program: string): Lap {
  const report = "process.on('exit',()=>process.stderr.write(JSON.stringify(process.cpuUsage())))";
  const began = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${report}`, program, "--help"],
    { encoding: "utf8" },
  );
  const wallMs = performance.now() - began;
  assert(status === 0, `--help succeeds: ${stderr}`);
  const { user, system } = JSON.parse(stderr) as NodeJS.CpuUsage;
  return { cpuMs: (user + system) / 1000, wallMs };
}
