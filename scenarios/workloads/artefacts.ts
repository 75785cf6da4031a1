/** The plugin artefacts that plans name, and how each is made ready before a run. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type ArtefactKind,
  artefactKind,
  buildExample,
  type PreparedPlugin,
  prepareArtefact,
  readArtefact,
} from "../../plugins/index.ts";
import { UserError } from "../../sim/errors.ts";
import { probe } from "./probes.ts";

/** How an artefact is made ready. */
export type ArtefactSource = () => Promise<PreparedPlugin>;

/** Names that prefix each other, differ in case, or in a dash; versions that sort badly as text. */
const probes: readonly (readonly [name: string, version: string])[] = [
  ["count", "1.2.3"],
  ["counter", "1.2.3"],
  ["counter", "1.4.0"],
  ["counter", "1.9.0"],
  ["counter", "1.10.0"],
  ["counter", "2.0.0-rc.1"],
  ["counter", "2.0.0"],
  ["counter", "0.2.3"],
  ["counter", "0.3.0"],
  ["counter", "1.2.3+build5"],
  ["Counter", "1.2.3"],
  ["counter-top", "1.2.3"],
  ["counter_top", "1.2.3"],
  ["reader", "1.0.0"],
  ["writer", "1.0.0"],
];

/** Probes that a store refuses to load, by what is wrong with them. */
const refused: readonly (readonly [name: string, make: () => PreparedPlugin])[] = [
  ["refused:api-version", () => probe("counter", "9.9.9", { apiVersion: "0.2.0" })],
  ["refused:rustc", () => probe("counter", "9.9.8", { rustc: "rustc 1.40.0" })],
  ["refused:target", () => probe("counter", "9.9.7", { target: "aarch64-apple-darwin" })],
  ["refused:version", () => probe("counter", "9.9", {})],
];

/** Every artefact that plans may name without a path. */
export function artefactSources(): ReadonlyMap<string, ArtefactSource> {
  const sources = new Map<string, ArtefactSource>([
    ["aggregate", () => example("aggregate/good")],
    ["aggregate:in-process", () => example("aggregate/good-inprocess")],
  ]);
  for (const [name, version] of probes) {
    sources.set(`probe:${name}@${version}`, async () => probe(name, version));
  }
  for (const [name, make] of refused) sources.set(name, async () => make());
  return sources;
}

/** Makes artefacts ready by name, or by the path of a plugin file. Throws `UserError`. */
export async function prepareArtefacts(
  names: readonly string[],
): Promise<ReadonlyMap<string, PreparedPlugin>> {
  const sources = artefactSources();
  const prepared = new Map<string, PreparedPlugin>();
  for (const name of names) {
    const source = sources.get(name) ?? (() => userArtefact(name, sources));
    prepared.set(name, await source());
  }
  return prepared;
}

async function userArtefact(
  path: string,
  sources: ReadonlyMap<string, ArtefactSource>,
): Promise<PreparedPlugin> {
  const kind = artefactKind(path);
  if (kind === null) {
    throw new UserError(`there is no plugin artefact "${path}"`, {
      code: "bad-plan",
      where: "plugins",
      hint: `a path to a plugin file, or one of: ${[...sources.keys()].join(", ")}`,
    });
  }
  return prepareFile(path, kind, null);
}

async function prepareFile(
  path: string,
  kind: ArtefactKind,
  cacheFolder: string | null,
): Promise<PreparedPlugin> {
  const { bytes } = await readArtefact(path);
  const plugin = await prepareArtefact(bytes, { kind, cacheFolder });
  if (plugin.kind !== "broken") return plugin;
  throw new UserError(`the plugin cannot be hosted: ${plugin.reason}`, {
    code: "bad-plugin",
    where: path,
    hint: "coprsim inspect says more about it",
  });
}

async function example(name: string): Promise<PreparedPlugin> {
  const built = await buildExample(join(examplesFolder(), name));
  if (built.kind === "inProcess") return built.prepared;
  const kind = artefactKind(built.path) ?? "wasm";
  return prepareFile(built.path, kind, join(dirname(built.path), "prepared"));
}

/** Above this file in a checkout, above the bundle in a package. */
function examplesFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const examples = join(folder, "plugins", "examples");
    if (existsSync(join(examples, "aggregate"))) return examples;
    if (folder === dirname(folder)) break;
  }
  throw new UserError("the example plugins are missing", {
    code: "missing-file",
    where: "plugins/examples",
    hint: "install the package again",
  });
}
