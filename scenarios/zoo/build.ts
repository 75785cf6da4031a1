/**
 * Builds the system under test, or the verifier, with a mutant in it: the sources are bundled
 * apart, with one file's text replaced. Judges and kernel stay those of the running program.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { assert } from "../../sim/assert.ts";
import type { System } from "../runner.ts";
import type * as verify from "../verify/index.ts";
import { type Mutant, mutate } from "./mutant.ts";
import { packageRoot } from "./package-root.ts";

/** What a mutant's code reported: its place was executed, it changed something. */
export type ZooCounters = { reached: number; infected: number };

/** A build with a mutant. */
export type MutantSystem = System & { readonly counters: ZooCounters };

export type MutantBuildOptions = {
  /** False compiles the assertions out: who convicts then is a judge. */
  readonly assertions: boolean;
};

/** `replace` texts may call these two; see design.md section 6, "Zoo". */
const reporter = `
export const zooCounters = { reached: 0, infected: 0 };
const __zoo = {
  reached() { zooCounters.reached++; },
  infected(right, wrong) { if (right !== wrong) zooCounters.infected++; return wrong; },
};
`;

const silentAssert = `
export class InvariantError extends Error { name = "InvariantError"; }
export function assert() {}
export function unreachable(value) { throw new InvariantError("unhandled variant"); }
`;

type SystemBundle = {
  readonly Cluster: new (options: never) => ReturnType<System["start"]>;
  readonly wireCodec: System["codec"];
  readonly zooCounters: ZooCounters;
};

/** Bundles and loads the mutated system. Throws `UserError` "bad-mutant" for a stale edit. */
export async function buildMutant(
  mutant: Mutant,
  { assertions }: MutantBuildOptions,
): Promise<MutantSystem> {
  const bundle = (await bundled("nodes/cluster.ts", mutant, assertions)) as SystemBundle;
  return {
    start: (options) => new bundle.Cluster(options as never),
    codec: bundle.wireCodec,
    counters: bundle.zooCounters,
  };
}

/** A build of the verifier with a mutant in it. */
export type MutantVerifier = Pick<typeof verify, "Subject" | "runChecks" | "checkById"> & {
  readonly counters: ZooCounters;
};

/** Bundles and loads the mutated verifier. Throws `UserError` "bad-mutant" for a stale edit. */
export async function buildVerifier(
  mutant: Mutant,
  { assertions }: MutantBuildOptions,
): Promise<MutantVerifier> {
  const bundle = await bundled("scenarios/verify/index.ts", mutant, assertions);
  const { zooCounters, ...rest } = bundle as typeof verify & { readonly zooCounters: ZooCounters };
  return { ...rest, counters: zooCounters };
}

/** The module of an entry, with the mutant's file in it replaced. */
async function bundled(entry: string, mutant: Mutant, assertions: boolean): Promise<object> {
  const file = join(packageRoot, mutant.file);
  const mutated = mutate(mutant, readFileSync(file, "utf8"));
  const folder = mkdtempSync(join(tmpdir(), "coprsim-zoo-"));
  const outfile = join(folder, "system.mjs");
  try {
    await build({
      absWorkingDir: packageRoot,
      entryPoints: [entry],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      logLevel: "silent",
      banner: { js: reporter },
      plugins: [replacing(file, mutated), ...(assertions ? [] : [withoutAsserts]), externals],
    });
    return (await import(pathToFileURL(outfile).href)) as object;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function replacing(file: string, text: string): Plugin {
  return {
    name: "mutant",
    setup: (setup) => {
      setup.onLoad({ filter: /\.ts$/ }, ({ path }) =>
        path === file ? { contents: text, loader: "ts" } : undefined,
      );
    },
  };
}

const withoutAsserts: Plugin = {
  name: "without-asserts",
  setup: (setup) => {
    const file = join(packageRoot, "sim", "assert.ts");
    setup.onLoad({ filter: /assert\.ts$/ }, ({ path }) =>
      path === file ? { contents: silentAssert, loader: "js" } : undefined,
    );
  },
};

/**
 * Packages stay those of the running program: named by their files, as the bundle lies elsewhere.
 */
const externals: Plugin = {
  name: "externals",
  setup: (setup) => {
    const require = createRequire(join(packageRoot, "package.json"));
    setup.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === "entry-point") return undefined;
      if (path.startsWith("node:")) return { path, external: true };
      const found = require.resolve(path);
      assert(found !== path, "a package is found as a file");
      return { path: pathToFileURL(found).href, external: true };
    });
  },
};
