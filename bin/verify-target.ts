/** What `verify` is pointed at: an artefact or an example folder, with its contract. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import {
  type ArtefactKind,
  admit,
  buildExample,
  defaultPluginLimits,
  type ExamplePlugin,
  hostBuildInfo,
  type PreparedPlugin,
  prepareArtefact,
  readArtefact,
  readExamplePlugin,
} from "../plugins/index.ts";
import type { VerifyTarget } from "../reports/index.ts";
import { builtInContracts, type Contract, isContract } from "../scenarios/verify/index.ts";
import { UserError } from "../sim/errors.ts";
import { importUserFile } from "./scenario-files.ts";

/** A plugin that a node would load, or why none would. */
export type LoadedTarget = {
  readonly target: VerifyTarget;
  readonly contract: Contract | null;
} & (
  | { readonly kind: "ready"; readonly plugin: PreparedPlugin }
  | { readonly kind: "unloadable"; readonly reason: string }
);

/**
 * Loads and, for an example folder, builds what `path` names. `contract`: a file,
 * `built-in:NAME`, or undefined: what the `plugin.json` says that names the artefact. Throws
 * `UserError`.
 */
export async function loadTarget(
  path: string,
  contract: string | null | undefined,
): Promise<LoadedTarget> {
  const found = await findPlugin(path);
  const word = contract === undefined ? contractOf(found) : contract;
  const loaded = { contract: word === null ? null : await loadContract(word) };
  const { plugin } = found;
  if ("reason" in plugin) {
    const { hash, reason, kind } = plugin;
    const build = { apiVersion: "", rustc: "", target: "" };
    const unknown = { name: "", version: "", kind, build };
    const target = { artefact: path, ...unknown, hash, contract: word };
    return { ...loaded, target, kind: "unloadable", reason };
  }
  const { kind, build, info, hash } = plugin;
  const target = { artefact: path, kind, ...info, hash, build, contract: word };
  const reason = refusalOf(plugin);
  if (reason !== null) return { ...loaded, target, kind: "unloadable", reason };
  return { ...loaded, target, kind: "ready", plugin };
}

/** What no node would load, and of which kind it is. */
type Unloadable = {
  readonly hash: string;
  readonly reason: string;
  readonly kind: ArtefactKind;
};

type Found = {
  readonly plugin: PreparedPlugin | Unloadable;
  readonly example: Example | null;
};

/** A `plugin.json` and where it lies. */
type Example = { readonly folder: string; readonly plugin: ExamplePlugin };

async function findPlugin(path: string): Promise<Found> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    const built = await buildExample(path);
    const example = { folder: path, plugin: built.plugin };
    if (built.kind === "inProcess") return { plugin: built.prepared, example };
    return { plugin: await prepare(built.path, join(dirname(built.path), "prepared")), example };
  }
  const plugin = await prepare(path, join(".coprsim", "cache"));
  return { plugin, example: await exampleOf(path) };
}

/** The example whose artefact the file is: its `plugin.json` lies beside it or one folder up. */
async function exampleOf(path: string): Promise<Example | null> {
  for (const folder of [dirname(path), dirname(dirname(path))]) {
    if (!existsSync(join(folder, "plugin.json"))) continue;
    const plugin = await readExamplePlugin(folder);
    if (relative(join(folder, plugin.artefact), path) === "") return { folder, plugin };
  }
  return null;
}

async function prepare(path: string, cacheFolder: string): Promise<Found["plugin"]> {
  const { kind, bytes } = await readArtefact(path);
  const plugin = await prepareArtefact(bytes, { kind, cacheFolder });
  if (plugin.kind !== "broken") return plugin;
  const { hash, reason, code } = plugin;
  if (code === "unhosted") {
    throw new UserError(reason, { code: "bad-plugin", where: path, hint: "" });
  }
  return { hash, reason: `it cannot be loaded: ${reason} [${code}]`, kind };
}

/** What keeps a node from loading it: TiKV's admission, or its constructor. */
function refusalOf(plugin: PreparedPlugin): string | null {
  const { build, info } = plugin;
  const admission = admit({ plugin: build, version: info.version, host: hostBuildInfo });
  if (admission.kind === "refused") return `TiKV refuses it: ${admission.text}`;
  const made = plugin.instantiate(defaultPluginLimits);
  if (made.kind !== "loaded") return `its constructor stops the node: ${made.kind}: ${made.text}`;
  made.plugin.destroy();
  return null;
}

/** The contract that an example names: `built-in:NAME`, or a file relative to its folder. */
function contractOf({ example }: Found): string | null {
  if (example === null) return null;
  const { folder, plugin } = example;
  const { contract } = plugin;
  return contract.startsWith("built-in:") ? contract : join(folder, contract);
}

async function loadContract(word: string): Promise<Contract> {
  const name = /^built-in:(.*)$/.exec(word)?.[1];
  if (name !== undefined) {
    const contract = builtInContracts.get(name);
    if (contract !== undefined) return contract;
    const hint = `known are ${[...builtInContracts.keys()].join(", ")}`;
    throw new UserError(`there is no such contract`, { code: "bad-contract", where: word, hint });
  }
  const contracts = Object.values(await importUserFile(word, "bad-contract")).filter(isContract);
  const [contract] = contracts;
  if (contract !== undefined && contracts.length === 1) return contract;
  throw new UserError(`the file exports ${contracts.length} contracts`, {
    code: "bad-contract",
    where: word,
    hint: "expected exactly one `export const x = defineContract({...})`",
  });
}
