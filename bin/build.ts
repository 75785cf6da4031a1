/** `coprsim build`: from a plugin's source to what the test bed runs, and what a TiKV loads. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import type { Command } from "commander";
import {
  buildExample,
  buildRustLibrary,
  buildRustModule,
  buildSourceFile,
  type FileLanguage,
  hostBuildInfo,
  type StatedBuild,
} from "../plugins/index.ts";
import { UserError } from "../sim/errors.ts";
import type { Frame } from "./frame.ts";
import { fileName, oneOf } from "./options.ts";
import { createScreen, type Screen } from "./screen.ts";

type BuildOptions = {
  readonly out?: string;
  readonly language?: FileLanguage;
  readonly rustc: string;
  readonly target: string;
  readonly native: boolean;
};

const languages = ["c", "assemblyscript", "typescript"] as const;

/** Adds arguments, options and the action. */
export function configure(command: Command, frame: Frame): void {
  command
    .description(
      "build a plugin for the test bed: a Rust crate, its source unchanged, or one C," +
        " AssemblyScript or TypeScript file; prints the artefact's path. A crate is also built" +
        " natively, into the library that a real TiKV loads: its path is the second line",
    )
    .argument("<source>", "the folder of a Rust crate or of an example, or a source file", fileName)
    .option("--out <file>", "the artefact: crate: target/coprsim/*.wasm; file: build/*", fileName)
    .option("--language <which>", `of a file: ${languages.join(", ")}`, oneOf(languages))
    .option("--rustc <text>", "Rust: the rustc that the module states", hostBuildInfo.rustc)
    .option("--target <text>", "Rust: the target that the module states", hostBuildInfo.target)
    .option("--no-native", "Rust: no native library")
    .addHelpText(
      "after",
      "\nA .ts file below a folder `assembly` is AssemblyScript unless --language says otherwise." +
        "\nExit code 2: it does not compile, or a tool is missing (and how to install it).",
    )
    .action((source: string, options: BuildOptions) => build(source, options, frame));
}

async function build(source: string, options: BuildOptions, frame: Frame): Promise<void> {
  const screen = createScreen(frame.stdout, frame);
  const { rustc, target, out = null } = options;
  const crate = crateOf(source);
  if (crate === null) {
    return screen.print(await buildOther(source, options));
  }
  const isExample = out === null && existsSync(join(crate, "plugin.json"));
  const module = isExample
    ? await examplePath(crate)
    : await buildRustModule({ crate, out }, { rustc, target } satisfies StatedBuild);
  screen.print(module);
  if (options.native) await library(crate, isExample ? module : out, { screen, frame });
}

/** The folder of a Rust crate, named by itself or by its manifest; null for everything else. */
function crateOf(source: string): string | null {
  if (basename(source) === "Cargo.toml") return dirname(source);
  return existsSync(join(source, "Cargo.toml")) ? source : null;
}

async function library(
  crate: string,
  out: string | null,
  { screen, frame }: { readonly screen: Screen; readonly frame: Frame },
): Promise<void> {
  const built = await buildRustLibrary({ crate, out });
  if ("path" in built) return screen.print(built.path);
  createScreen(frame.stderr, frame).say(`no native library: ${built.missing}`);
}

/** An example in another language, or a file. */
async function buildOther(source: string, options: BuildOptions): Promise<string> {
  const found = statSync(source, { throwIfNoEntry: false });
  if (found === undefined) throw refusal(source, "no such file", "check the path", "missing-file");
  if (found.isDirectory()) return examplePath(source);
  const language = options.language ?? languageOf(source);
  return buildSourceFile({ source, language, out: options.out ?? null });
}

async function examplePath(folder: string): Promise<string> {
  const hint = "expected the folder of a Rust crate or of an example";
  if (!existsSync(join(folder, "plugin.json"))) {
    throw refusal(folder, "neither Cargo.toml nor plugin.json is in it", hint);
  }
  const built = await buildExample(folder);
  if (built.kind === "artefact") return built.path;
  throw refusal(folder, "there is nothing to build: it runs in the test bed's own process", "");
}

function languageOf(source: string): FileLanguage {
  switch (extname(source).toLowerCase()) {
    case ".c":
      return "c";
    case ".ts":
      return /(?:^|[/\\])assembly[/\\]/.test(source) ? "assemblyscript" : "typescript";
    case ".js":
    case ".mjs":
      return "typescript";
    case ".rs":
      throw refusal(source, "a Rust file is no plugin by itself", "name the folder of its crate");
    default:
      throw refusal(
        source,
        "not a plugin's source",
        "expected a crate, a .c, .ts, .js or .mjs file",
      );
  }
}

function refusal(
  where: string,
  message: string,
  hint: string,
  code: "bad-plugin" | "missing-file" = "bad-plugin",
): UserError {
  return new UserError(message, { code, where, hint });
}
