/** Builds a plugin of one source file in C, AssemblyScript or TypeScript, and what it includes. */
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { doesNotCompile, missingTool } from "./messages.ts";
import { type Ran, runProgram } from "./process.ts";
import { sdkFolder } from "./sdk-folder.ts";

/** Languages of single files. */
export type FileLanguage = "c" | "assemblyscript" | "typescript";

export type SourceFile = {
  readonly source: string;
  readonly language: FileLanguage;
  /** Where the artefact goes; null: `build` beside the source. */
  readonly out: string | null;
  /** Programs to use in place of the installed ones. */
  readonly programs?: { readonly clang: string };
};

/**
 * Builds the artefact, a wasm module or for TypeScript one script, and returns its path. Throws
 * UserError `missing-tool` with the line that installs it, or `bad-plugin` with the compiler's
 * words.
 */
export async function buildSourceFile(wanted: SourceFile): Promise<string> {
  const { source, language } = wanted;
  const ending = language === "typescript" ? ".mjs" : ".wasm";
  const name = `${basename(source, extname(source))}${ending}`;
  const out = wanted.out ?? join(dirname(source), "build", name);
  await mkdir(dirname(out), { recursive: true });
  if (language === "c") await compileC(source, out, wanted.programs?.clang ?? "clang");
  else if (language === "assemblyscript") await compileAssemblyScript(source, out);
  else await bundleTypeScript(source, out);
  return out;
}

/** As plugins/ABI.md has it. */
const clangFlags = [
  "--target=wasm32",
  "-O2",
  "-nostdlib",
  "-ffreestanding",
  "-fno-builtin",
  "-mbulk-memory",
  "-Wl,--no-entry",
  "-Wl,--strip-all",
] as const;

async function compileC(source: string, out: string, clang: string): Promise<void> {
  const words = [...clangFlags, "-o", resolve(out), basename(source)];
  const ran = await runProgram(clang, words, { folder: dirname(resolve(source)) });
  const hint = "on Debian: apt-get install clang lld; elsewhere see https://releases.llvm.org";
  if (ran.kind === "missing") throw missingTool('the build tool "clang" is missing', source, hint);
  if (ran.kind === "done") return;
  const said = ran.stderr;
  if (/wasm-ld/.test(said) && /No such file|unable to execute/.test(said)) {
    throw missingTool('the linker "wasm-ld" is missing', source, hint);
  }
  if (/unable to create target|unknown target/.test(said)) {
    throw missingTool('this "clang" does not build for wasm32', source, hint);
  }
  throw doesNotCompile(source, said);
}

/** In the source's folder, so that both name the SDK's panic function by one relative path. */
async function compileAssemblyScript(source: string, out: string): Promise<void> {
  const folder = dirname(resolve(source));
  const panic = relative(folder, join(sdkFolder("assemblyscript"), "assembly", "panic"));
  const words = [basename(source), "-o", relative(folder, resolve(out)), "-O3"];
  words.push("--runtime", "incremental", "--exportStart", "_initialize", "--noColors");
  words.push("--use", `abort=${panic.replaceAll("\\", "/")}/onAbort`);
  const ran = await runProgram(process.execPath, [compilerOf(source), ...words], { folder });
  failUnlessDone(ran, source);
}

function compilerOf(source: string): string {
  try {
    const entry = createRequire(import.meta.url).resolve("assemblyscript/package.json");
    return join(dirname(entry), "bin", "asc.js");
  } catch {
    const hint = "npm install --save-dev assemblyscript@0.28.20";
    throw missingTool('the build tool "asc" is missing', source, hint);
  }
}

async function bundleTypeScript(source: string, out: string): Promise<void> {
  const { build } = await import("esbuild");
  try {
    await build({
      entryPoints: [resolve(source)],
      outfile: resolve(out),
      bundle: true,
      format: "esm",
      target: "es2020",
      platform: "neutral",
      charset: "utf8",
      logLevel: "silent",
    });
  } catch (error) {
    throw doesNotCompile(source, error instanceof Error ? error.message : String(error));
  }
}

function failUnlessDone(ran: Ran, source: string): void {
  if (ran.kind === "failed") throw doesNotCompile(source, `${ran.stderr}\n${ran.stdout}`);
}
