/** `coprsim inspect`: what an artefact is and says of itself, and whether a node would load it. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import type { Command } from "commander";
import {
  type Admission,
  admit,
  type BuildInfo,
  buildExample,
  describeWasm,
  hostBuildInfo,
  inspectNative,
  readArtefact,
  type WasmDescription,
} from "../plugins/index.ts";
import { counted, grouped, type JunitReport, printable } from "../reports/index.ts";
import { unreachable } from "../sim/assert.ts";
import { UserError } from "../sim/errors.ts";
import { exitCodes } from "./exit.ts";
import type { Frame } from "./frame.ts";
import { inspectLibrary } from "./inspect-library.ts";
import { inspectScript } from "./inspect-script.ts";
import { fileName } from "./options.ts";
import {
  addReportOptions,
  type Outputs,
  openOutputs,
  type ReportOptions,
  type Screen,
} from "./screen.ts";

type InspectOptions = ReportOptions & {
  readonly expectRustc?: string;
  readonly expectTarget?: string;
  readonly expectApi?: string;
};

/** Adds arguments, options and the action. */
export function configure(command: Command, frame: Frame): void {
  command
    .description(
      "what an artefact is: kind, build, imports, exports; 1 if a node would refuse it, 3 if a" +
        " native library (read, never executed) does not tell",
    )
    .argument("<artefact>", "a plugin file, or the folder of an example", fileName)
    .option("--expect-rustc <text>", "the rustc of the TiKV that is to load it")
    .option("--expect-target <text>", "the target of that TiKV")
    .option("--expect-api <text>", "the coprocessor_plugin_api version of that TiKV");
  addReportOptions(command).action((path: string, options: InspectOptions) =>
    inspect(path, options, frame),
  );
}

async function inspect(named: string, options: InspectOptions, frame: Frame): Promise<void> {
  const outputs = openOutputs("inspect", options, frame);
  const path = await artefactPath(named);
  const { kind, bytes } = await readArtefact(path);
  const host: BuildInfo = {
    apiVersion: options.expectApi ?? hostBuildInfo.apiVersion,
    rustc: options.expectRustc ?? hostBuildInfo.rustc,
    target: options.expectTarget ?? hostBuildInfo.target,
  };
  switch (kind) {
    case "wasm":
      return inspectWasm({ path, bytes, host }, outputs);
    case "native":
      return inspectLibrary(
        { path, hash: sha256(bytes), facts: inspectNative(bytes), host },
        outputs,
      );
    case "javascript":
      return inspectScript({ path, bytes, host }, outputs);
    default:
      return unreachable(kind);
  }
}

/** The artefact itself, or the one that an example folder builds. */
async function artefactPath(named: string): Promise<string> {
  if (statSync(named, { throwIfNoEntry: false })?.isDirectory() !== true) return named;
  const built = await buildExample(named);
  if (built.kind === "artefact") return built.path;
  throw badPlugin(named, "an in-process plugin has no artefact", "`coprsim verify` runs it");
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

type Inspected = { readonly path: string; readonly bytes: Uint8Array; readonly host: BuildInfo };

function inspectWasm({ path, bytes, host }: Inspected, { screen, finish }: Outputs): void {
  const description = describeWasm(bytes);
  const { build, info, problem } = description;
  if (problem !== null || build === null || info === null) {
    throw badPlugin(path, problem?.reason ?? "it says nothing of itself", problem?.code ?? "");
  }
  const admission = admit({ plugin: build, version: info.version, host });
  show(description, { build, info, admission }, screen);
  const refused = admission.kind === "refused";
  finish(refused ? exitCodes.fail : exitCodes.pass, () => ({
    json: {
      kind: "wasm",
      ...description,
      host,
      admission: { ...admission, version: info.version },
    },
    junit: junitOf(path, admission),
  }));
}

function badPlugin(where: string, message: string, hint: string): UserError {
  return new UserError(message, { code: "bad-plugin", where, hint });
}

type Told = {
  readonly build: BuildInfo;
  readonly info: { readonly name: string; readonly version: string };
  readonly admission: Admission;
};

function show(
  { hash, bytes, imports, exports, functions, memoryPages }: WasmDescription,
  { build, info, admission }: Told,
  { print, say, painter }: Screen,
): void {
  const row = (label: string, text: string) =>
    say(label.padEnd(12) + (printable(text) || "none"), { hang: 12 });
  row("plugin", `${info.name} ${info.version}`);
  row("kind", `wasm, ${grouped(bytes)} bytes, ${grouped(functions)} functions`);
  row("sha256", hash);
  row("built with", `api ${build.apiVersion}, ${build.rustc}, ${build.target}`);
  const max = memoryPages?.max ?? null;
  const most = max === null ? "no maximum" : `at most ${grouped(max)}`;
  row(
    "memory",
    memoryPages === null ? "" : `${counted(memoryPages.min, "page")} of 64 KiB, ${most}`,
  );
  row("imports", imports.join(", "));
  row("exports", exports.join(", "));
  if (admission.kind === "admitted") print(`${painter.good("admitted")}: a node would load it`);
  else say(`${painter.bad("refused")}: ${printable(admission.text)}`, { hang: 2 });
}

function junitOf(path: string, admission: Admission): JunitReport {
  const refused = admission.kind === "refused";
  const one = {
    name: path,
    seconds: 0,
    outcome: refused ? ("failed" as const) : ("passed" as const),
    message: refused ? admission.text : "",
    details: "",
  };
  return { suites: [{ name: "inspect", cases: [one] }] };
}
