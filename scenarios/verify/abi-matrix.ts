/**
 * The matrix of C14: TiKV build x plugin build, and plugin version x requirement. Each cell says
 * what TiKV does, and why, with both sides in the sentence.
 */
import {
  admit,
  type BuildInfo,
  hostBuildInfo,
  hostSurface,
  libraryFailedText,
  matches,
  matchesClientRequirement,
  oldSurface,
  type PluginInfo,
  type PluginSymbol,
  parseClientRequirement,
  parseRequirement,
  parseVersion,
  pluginSymbols,
} from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";
import type { TikvBuild } from "./contract-policy.ts";

/** A plugin as the load gate sees it. */
export type LoadedBuild = {
  readonly build: BuildInfo;
  readonly info: PluginInfo;
  /** The hash of the trait surface that it was compiled against. */
  readonly surface: string;
  readonly symbols: readonly PluginSymbol[];
};

/** What became of a try to load. `unsound`: TiKV loads what must not be loaded. */
export type LoadVerdict = {
  readonly kind: "loads" | "refused" | "unsound";
  /** With both sides in it. */
  readonly text: string;
};

/** The TiKV that this project simulates. */
export const simulatedTikv: TikvBuild = { ...hostBuildInfo, surface: hostSurface };

/** What a TiKV does with a plugin. Never throws. */
export function loadVerdict(plugin: LoadedBuild, tikv: TikvBuild): LoadVerdict {
  const { build, info, symbols } = plugin;
  const missing = pluginSymbols.find((symbol) => !symbols.includes(symbol));
  if (missing !== undefined) {
    const text = `${libraryFailedText}: the plugin exports no ${missing}, TiKV looks it up`;
    return { kind: "refused", text };
  }
  const admission = admit({ plugin: build, version: info.version, host: tikv });
  if (admission.kind === "refused") {
    const sides = `the plugin says "${info.version}", TiKV reads MAJOR.MINOR.PATCH`;
    const isVersion = admission.check === "plugin-version";
    return { kind: "refused", text: isVersion ? `${admission.text}: ${sides}` : admission.text };
  }
  const surface = tikv.surface ?? hostSurface;
  if (surface === plugin.surface) {
    return { kind: "loads", text: `both are of api ${build.apiVersion}, surface ${surface}` };
  }
  const both = `the plugin was compiled against surface ${plugin.surface}, TiKV has ${surface}`;
  const text = `both say api ${build.apiVersion}, so TiKV loads it, but ${both}`;
  return { kind: "unsound", text };
}

/** Builds that differ from a plugin's in one thing, and what TiKV must make of each. */
export const syntheticLoads = [
  "same build",
  "other api version",
  "other rustc",
  "other target",
  "other surface, same api version",
  "version is not semver",
  "no _plugin_get_build_info",
  "no _plugin_get_plugin_info",
  "no _plugin_create",
] as const;
/** One of them. */
export type SyntheticLoad = (typeof syntheticLoads)[number];

/** What must come of it. */
export function expectedLoad(name: SyntheticLoad): LoadVerdict["kind"] {
  if (name === "same build") return "loads";
  return name === "other surface, same api version" ? "unsound" : "refused";
}

/** Tries a variation of a plugin on a TiKV that was built with it. */
export function syntheticLoad(plugin: LoadedBuild, name: SyntheticLoad): LoadVerdict {
  const tikv: TikvBuild = { ...plugin.build, surface: plugin.surface };
  switch (name) {
    case "same build":
      return loadVerdict(plugin, tikv);
    case "other api version":
      return loadVerdict(plugin, { ...tikv, apiVersion: `${tikv.apiVersion}.1` });
    case "other rustc":
      return loadVerdict(plugin, { ...tikv, rustc: `${tikv.rustc} (another)` });
    case "other target":
      return loadVerdict(plugin, { ...tikv, target: `${tikv.target}-other` });
    case "other surface, same api version": {
      const surface = plugin.surface === oldSurface ? hostSurface : oldSurface;
      return loadVerdict(plugin, { ...tikv, surface });
    }
    case "version is not semver": {
      const info = { ...plugin.info, version: `v${plugin.info.version}` };
      return loadVerdict({ ...plugin, info }, tikv);
    }
    case "no _plugin_get_build_info":
    case "no _plugin_get_plugin_info":
    case "no _plugin_create": {
      const symbols = plugin.symbols.filter((symbol) => name !== `no ${symbol}`);
      return loadVerdict({ ...plugin, symbols }, tikv);
    }
    default:
      return unreachable(name);
  }
}

/** What becomes of a request with a requirement. `stops`: the node dies of it (hazard H1). */
export type ServeVerdict = {
  readonly kind: "served" | "rejected" | "stops";
  readonly text: string;
  /** What client-rust does before it sends anything; the text goes out unchanged. */
  readonly client: "sends" | "refuses";
  readonly clientText: string;
};

/** What client-rust and TiKV make of a requirement. `version` must parse. Never throws. */
export function serveVerdict({ name, version }: PluginInfo, requirement: string): ServeVerdict {
  const plugin = parseVersion(version);
  const shown = `plugin ${name} has version ${version}, the request asks for "${requirement}"`;
  const client = clientVerdict(version, requirement);
  if ("error" in plugin) return { kind: "rejected", text: `${shown}: no version`, ...client };
  const parsed = parseRequirement(requirement);
  if (parsed.kind === "panic") {
    return { kind: "stops", text: `${shown}: the node stops, ${parsed.text}`, ...client };
  }
  if (parsed.kind === "error") {
    return { kind: "rejected", text: `${shown}: ${parsed.text}`, ...client };
  }
  if (matches(parsed.requirement, plugin)) return { kind: "served", text: shown, ...client };
  return { kind: "rejected", text: `${shown}: it does not match`, ...client };
}

function clientVerdict(
  version: string,
  requirement: string,
): Pick<ServeVerdict, "client" | "clientText"> {
  const parsed = parseClientRequirement(requirement);
  const plugin = parseVersion(version);
  if (parsed.kind === "error") return { client: "refuses", clientText: parsed.text };
  const holds = !("error" in plugin) && matchesClientRequirement(parsed.requirement, plugin);
  const clientText = holds
    ? "by its own rules the version matches"
    : "by its own rules it does not";
  return { client: "sends", clientText };
}

/** A requirement and what must come of it. */
export type RequirementRow = {
  readonly requirement: string;
  readonly expected: ServeVerdict["kind"];
};

/** Requirements around a version, with a table of its own of what must come of them. */
export function requirementRows(version: string): readonly RequirementRow[] {
  const numbers = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(-?)/.exec(version);
  if (numbers === null) return [];
  const [major, minor, patch] = numbers.slice(1, 4).map(Number) as [number, number, number];
  const exact = `${major}.${minor}.${patch}`;
  const next = `${major + 1}.0.0`;
  // A pre-release is served only where it is named.
  const served = numbers[4] === "-" ? "rejected" : "served";
  return [
    { requirement: "", expected: served },
    { requirement: "*", expected: served },
    { requirement: `^${exact}`, expected: served },
    { requirement: `=${exact}`, expected: served },
    { requirement: `>=${exact}, <${next}`, expected: served },
    { requirement: `>=${exact},<${next}`, expected: "rejected" }, // A comma wants a space.
    { requirement: `>=${next}`, expected: "rejected" },
    { requirement: `=${major}.${minor}.${patch + 1}`, expected: "rejected" },
    { requirement: "latest", expected: "rejected" },
    { requirement: "18446744073709551616", expected: "stops" },
  ];
}
