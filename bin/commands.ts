/** The commands, each loaded only when it is called. */
import type { CommandEntry } from "./program.ts";

/** In the order of `--help`. Options are added by the command's own file. */
export const commands: readonly CommandEntry[] = [
  {
    name: "run",
    summary: "run scenario suites over many seeds",
    load: () => import("./run.ts"),
  },
  {
    name: "replay",
    summary: "run a recorded failure again, bit for bit",
    load: () => import("./replay.ts"),
  },
  {
    name: "verify",
    summary: "verify a plugin before production: layouts, errors, panics, bad requests",
    load: () => import("./verify.ts"),
  },
  {
    name: "build",
    summary: "build a plugin from Rust, C, AssemblyScript or TypeScript",
    load: () => import("./build.ts"),
  },
  {
    name: "inspect",
    summary: "say what a plugin artefact is, and whether a node would load it",
    load: () => import("./inspect.ts"),
  },
  {
    name: "check",
    summary: "judge a recorded history, of this simulator or of a real cluster",
    load: () => import("./check.ts"),
  },
  {
    name: "zoo",
    summary: "plant historical bugs to score the test bed itself",
    load: () => import("./zoo.ts"),
  },
  {
    name: "bench",
    summary: "measure the speed of simulator and judges",
    load: () => import("./bench.ts"),
  },
  {
    name: "list",
    summary: "list scenarios, suites, properties, failpoints, mutants, example plugins",
    load: () => import("./list.ts"),
  },
  {
    name: "init",
    summary: "write a working scenario file to start from",
    load: () => import("./init.ts"),
  },
];
