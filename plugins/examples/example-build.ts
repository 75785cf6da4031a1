/**
 * Builds example plugins: when the artefact is missing or older than its sources, never in a run.
 */
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../sim/errors.ts";
import { hostBuildInfo, type PreparedPlugin } from "../api.ts";
import { buildRustModule } from "../build/index.ts";
import { type ExamplePlugin, readExamplePlugin } from "./example-plugin.ts";
import { inProcessExamples } from "./in-process-examples.ts";

/** An example ready to be prepared: a file, or a plugin of this process. */
export type BuiltExample =
  | { readonly kind: "artefact"; readonly path: string; readonly plugin: ExamplePlugin }
  | {
      readonly kind: "inProcess";
      readonly prepared: PreparedPlugin;
      readonly plugin: ExamplePlugin;
    };

/**
 * Builds the example in `folder` unless its artefact is there and its sources are those it was
 * built from (their hash lies beside it). Throws UserError: `missing-tool` with how to get it,
 * `missing-file` for a source folder, `bad-plugin` with the compiler's words, or what
 * `readExamplePlugin` throws.
 */
export async function buildExample(folder: string): Promise<BuiltExample> {
  const plugin = await readExamplePlugin(folder);
  const { artefact, build } = plugin;
  if (build === null) return { kind: "inProcess", prepared: inProcess(folder, artefact), plugin };
  const path = join(folder, artefact);
  const hash = await sourceHash(folder, plugin);
  if ((await recordedHash(path)) !== hash) {
    await compile(folder, build, artefact);
    await writeFile(recordPath(path), `${hash}\n`);
  }
  return { kind: "artefact", path, plugin };
}

function inProcess(folder: string, artefact: string): PreparedPlugin {
  const prepared = inProcessExamples.get(artefact.replace(/^in-process:/, ""));
  if (prepared !== undefined) return prepared;
  throw new UserError(`there is no in-process plugin "${artefact}"`, {
    code: "bad-plugin",
    where: join(folder, "plugin.json"),
    hint: `known are ${[...inProcessExamples.keys()].join(", ")}`,
  });
}

/** A hash of the build command and of all files in the source folders, names and contents. */
async function sourceHash(folder: string, plugin: ExamplePlugin): Promise<string> {
  const hash = createHash("sha256").update(`${plugin.build}\n`);
  for (const source of plugin.sourceFolders) {
    for (const file of await filesUnder(join(folder, source))) {
      const content = createHash("sha256")
        .update(await readFile(file))
        .digest("hex");
      hash.update(`${relative(folder, file).replaceAll("\\", "/")} ${content}\n`);
    }
  }
  return hash.digest("hex");
}

/** The file itself, or every file in the folder. */
async function filesUnder(folder: string): Promise<readonly string[]> {
  const found = await stat(folder).catch(() => null);
  if (found === null) throw missingSource(folder);
  if (found.isFile()) return [folder];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => join(parentPath, name)).sort(byText);
}

function missingSource(path: string): UserError {
  return new UserError("no such file or folder, but the example's plugin.json names it", {
    code: "missing-file",
    where: path,
    hint: "examples are built where they lie; a crate or file elsewhere needs no plugin.json",
  });
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The hash of the sources that the artefact was built from; null if it must be built. */
async function recordedHash(path: string): Promise<string | null> {
  try {
    await readFile(path);
    return (await readFile(recordPath(path), "utf8")).trim();
  } catch {
    return null;
  }
}

function recordPath(path: string): string {
  return join(dirname(path), `${basename(path)}.source`);
}

const run = promisify(execFile);

/** Several processes may build at once: each renames a whole artefact of its own into place. */
async function compile(folder: string, build: string, artefact: string): Promise<void> {
  const part = artefact.replace(/(\.\w+)$/, `.${randomUUID()}.part$1`);
  await mkdir(dirname(join(folder, artefact)), { recursive: true });
  const [tool = "", ...args] = build.split(" ").map((word) => word.replace(artefact, part));
  if (tool === "coprsim") await buildRust(folder, args);
  else if (tool === "esbuild") await bundle(folder, args);
  else await runTool(folder, tool, args);
  await rename(join(folder, part), join(folder, artefact));
}

/** `coprsim build . --out FILE`, without a process of its own. */
async function buildRust(folder: string, args: readonly string[]): Promise<void> {
  const [command, crate, option, out, ...rest] = args;
  if (command !== "build" || crate !== "." || option !== "--out" || rest.length > 0) {
    const hint = "expected `coprsim build . --out FILE`";
    throw new UserError("an unknown build command", {
      code: "bad-plugin",
      where: join(folder, "plugin.json"),
      hint,
    });
  }
  await buildRustModule({ crate: folder, out: join(folder, out ?? "") }, hostBuildInfo);
}

async function runTool(folder: string, tool: string, args: readonly string[]): Promise<void> {
  const compiler = toolPath(tool, folder);
  try {
    await run(process.execPath, [compiler, ...args], { cwd: folder });
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw doesNotCompile(folder, said || (error instanceof Error ? error.message : String(error)));
  }
}

/** esbuild by its own library: its program is another file on each system. */
async function bundle(folder: string, args: readonly string[]): Promise<void> {
  const flags = args.filter((word) => word.startsWith("--"));
  const options = Object.fromEntries(
    flags.map((flag) => {
      const [name = "", value] = flag.slice(2).split("=");
      return [name, value ?? true];
    }),
  );
  const { build } = await import("esbuild");
  try {
    await build({
      ...options,
      entryPoints: args.filter((word) => !word.startsWith("--")),
      absWorkingDir: resolve(folder),
      logLevel: "silent",
    });
  } catch (error) {
    throw doesNotCompile(folder, error instanceof Error ? error.message : String(error));
  }
}

function doesNotCompile(folder: string, said: string): UserError {
  return new UserError("the plugin does not compile", {
    code: "bad-plugin",
    where: folder,
    hint: said,
  });
}

function toolPath(tool: string, folder: string): string {
  if (tool !== "asc") throw missingTool(tool, folder);
  try {
    const entry = createRequire(import.meta.url).resolve("assemblyscript/package.json");
    return join(dirname(entry), "bin", "asc.js");
  } catch {
    throw missingTool(tool, folder);
  }
}

function missingTool(tool: string, folder: string): UserError {
  const hint = tool === "asc" ? "npm install --save-dev assemblyscript@0.28.20" : `install ${tool}`;
  const message = `the build tool "${tool}" is missing`;
  return new UserError(message, { code: "missing-tool", where: folder, hint });
}
