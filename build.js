/**
 * Builds dist/ from the sources: run by `npm ci` (script `prepare`), so that nothing else has to be.
 * Bundles keep npm packages external (they are installed with this one) and are split, so that what
 * only one command needs is loaded by that command alone. `dist/types` holds the declarations of
 * the library entries. `node build.js examples` (script `prepack`) builds the example plugins, which
 * git does not hold and the package must.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import { assignedFields, plainNames } from "./build/plain-names.js";

const root = import.meta.dirname;

/** What other people's code imports, each `dist/<name>.js` with types (package.json `exports`). */
const libraries = { index: "scenarios/index.ts", vitest: "reports/vitest.ts" };

/** What is started: the command line, and every `bin/*-process.ts`, which some command starts. */
function programs() {
  const processes = readdirSync(join(root, "bin")).filter((name) => name.endsWith("-process.ts"));
  return Object.fromEntries(
    ["coprsim.ts", ...processes].map((name) => [name.slice(0, -".ts".length), `bin/${name}`]),
  );
}

const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  legalComments: "none",
  logLevel: "warning",
};

const exists = (file) => existsSync(join(root, file));

/** Writes the bundles and resolves to the names of the files, relative to dist/. */
async function bundle() {
  const renaming = await plainNames();
  const { outputFiles } = await build({
    ...common,
    minifySyntax: true,
    tsconfigRaw: assignedFields,
    plugins: renaming === null ? [] : [renaming],
    entryPoints: Object.fromEntries(
      Object.entries({ ...programs(), ...libraries }).filter(([, file]) => exists(file)),
    ),
    outdir: "dist",
    chunkNames: "chunks/[name]-[hash]",
    splitting: true,
    write: false,
  });
  // Chunks first: an entry must never name a file that is not there yet.
  const isEntry = ({ path }) => Number(dirname(path) === join(root, "dist"));
  outputFiles.sort((a, b) => isEntry(a) - isEntry(b));
  for (const { path, contents } of outputFiles) writeChanged(path, contents);
  return new Set(outputFiles.map(({ path }) => relative(join(root, "dist"), path)));
}

/** Leaves a file alone that is right already: a command may be reading it. */
function writeChanged(file, contents) {
  if (existsSync(file) && readFileSync(file).equals(contents)) return;
  mkdirSync(dirname(file), { recursive: true });
  // A new file under the old name, so that no reader ever sees half of it.
  writeFileSync(`${file}.new`, contents, { mode: file.endsWith("coprsim.js") ? 0o755 : 0o644 });
  renameSync(`${file}.new`, file);
}

/** Declarations of the library entries. Types are checked by `npm run types`, not here. */
function declare() {
  const compiler = findCompiler();
  // Without development packages there is no compiler; the command line works all the same.
  if (compiler === null || !Object.values(libraries).some(exists)) return;
  const ran = spawnSync(process.execPath, [compiler, "--project", "build/tsconfig.json"], {
    cwd: root,
    stdio: "inherit",
  });
  if (ran.status !== 0) throw new Error(`tsc ended with status ${ran.status}`);
}

function findCompiler() {
  try {
    const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
    return join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.tsc);
  } catch {
    return null;
  }
}

/** Removes what an earlier build left. Last, so that a command may run while this builds. */
function removeStale(written) {
  for (const name of readdirSync(join(root, "dist"), { recursive: true })) {
    if (name.endsWith(".js") && !written.has(name)) rmSync(join(root, "dist", name));
  }
}

/** Builds the example plugins whose artefacts are missing or older than their sources. */
async function buildExamples() {
  const program = join(root, "dist", "examples.mjs");
  const contents = `
    import { buildExample } from "./plugins/examples/example-build.ts";
    import { listExamples } from "./plugins/examples/example-plugin.ts";
    for (const folder of await listExamples("plugins/examples")) {
      await buildExample(folder).catch((error) => {
        // Its sources are in the package; whoever has the tool builds it at the first use.
        if (error.code !== "missing-tool") throw error;
        console.error("NOT BUILT:", folder + ":", error.message, "(" + error.hint + ")");
      });
    }`;
  const stdin = { contents, resolveDir: root, loader: "ts" };
  await build({ ...common, stdin, outfile: program });
  const ran = spawnSync(process.execPath, [program], { cwd: root, stdio: "inherit" });
  rmSync(program);
  if (ran.status !== 0) throw new Error(`building the examples ended with status ${ran.status}`);
}

async function main() {
  if (process.argv[2] === "examples") return buildExamples();
  const bundled = bundle();
  declare();
  removeStale(await bundled);
}

try {
  await main();
} catch (error) {
  // esbuild and tsc have said already where and what.
  console.error(`build: ${error.message.split("\n")[0]}`);
  process.exitCode = 1;
}
