/** A run's plugins, and what TiKV makes of a request to a store that has loaded some of them. */
import { rejections } from "../../nodes/events.ts";
import type { RunFacts } from "../judge.ts";
import type { LoadedFact, Registry } from "./coprocessor-records.ts";
import {
  compareVersions,
  readRequirement,
  readVersion,
  satisfies,
  spelled,
} from "./version-reference.ts";

/** Served where `reason` is null; else refused for the reason in this text. */
export type Decision = { readonly reason: number | null; readonly text: string };

/** What becomes of a request on a store with some plugins loaded. */
export type Judgement = {
  readonly loaded: Registry;
  /**
   * What the store must do. Several where versions that are equal but for their build metadata
   * could all be the one that a refusal names.
   */
  readonly decisions: readonly Decision[];
  /** The loads that may serve it: of those that suit, the ones of the highest version. */
  readonly suitable: readonly LoadedFact[];
};

type PluginFact = RunFacts["plugins"][number];
type NamedFact = { readonly plugin: LoadedFact; readonly fact: PluginFact };

const served: Decision = { reason: null, text: "" };
/** The reasons of refused loads, in TiKV's order of checks. */
const checkOrder = ["apiVersion", "rustc", "target", "version"] as const;

export class PluginCatalog {
  readonly #fidelity: RunFacts["fidelity"];
  readonly #plugins: readonly PluginFact[];
  readonly #byCode: ReadonlyMap<number, PluginFact>;
  readonly #decisions = new Map<PluginFact, Map<string, Decision>>();
  /** By name, then requirement; one for each registry, and many requests meet the same. */
  readonly #judgements = new Map<string, Map<string, Judgement[]>>();

  constructor({ plugins, fidelity }: RunFacts) {
    this.#fidelity = fidelity;
    this.#plugins = plugins;
    this.#byCode = new Map(plugins.map((plugin) => [plugin.code, plugin]));
  }

  /** The plugin that a digest of code stands for. */
  ofCode(code: number): PluginFact | undefined {
    return this.#byCode.get(code);
  }

  /** A code's plugin, for people. */
  describeCode(code: number): string {
    const fact = this.#byCode.get(code);
    return fact === undefined ? `code ${code}` : `${fact.name} ${fact.version}`;
  }

  /** The digest of the name of a code's plugin; null where a host must not load it. */
  admittedName(code: number): number | null {
    const fact = this.#byCode.get(code);
    return fact === undefined || refusalOf(fact) !== null ? null : fact.digest;
  }

  /** Plugins of exactly this name, loaded or not. */
  ofName(name: string): readonly PluginFact[] {
    return this.#plugins.filter((plugin) => plugin.name === name);
  }

  staysInRanges(plugin: LoadedFact | undefined): boolean {
    return plugin !== undefined && (this.#byCode.get(plugin.code)?.staysInRanges ?? false);
  }

  /** What was loaded, for people. */
  describe(plugin: LoadedFact | undefined): string {
    if (plugin === undefined) return "none loaded";
    const fact = this.#byCode.get(plugin.code);
    if (fact === undefined) return `load ${plugin.generation}`;
    return `${fact.name} ${fact.version} of load ${plugin.generation}`;
  }

  /** Why a plugin must not have been loaded, or null. */
  loadProblem({ code, name }: LoadedFact): string | null {
    const fact = this.#byCode.get(code);
    if (fact === undefined) return "loaded a plugin that no file holds";
    if (fact.digest !== name) return `loaded ${fact.name} ${fact.version} under another name`;
    const at = refusalOf(fact);
    if (at === null) return null;
    return `loaded ${fact.name} ${fact.version}, whose ${checkOrder[at]} does not fit`;
  }

  /** Why a plugin of a name must not have been refused for this reason, or null. */
  refusalProblem(name: number, reason: number): string | null {
    const files = this.#plugins.filter(({ digest }) => digest === name);
    if (files.some((fact) => refusalOf(fact) === reason)) return null;
    const which = files[0]?.name ?? "of a name that no file has";
    return `plugin ${which} was refused for its ${checkOrder[reason]}, which is right`;
  }

  /** What a store must do with a request, given what it has loaded. */
  judgement(name: string, versionReq: string, loaded: Registry): Judgement {
    const ofName = placeOf(this.#judgements, name);
    let known = ofName.get(versionReq);
    if (known === undefined) {
      known = [];
      ofName.set(versionReq, known);
    }
    for (let at = known.length - 1; at >= 0; at--) {
      const judgement = known[at] as Judgement;
      if (judgement.loaded === loaded) return judgement;
    }
    const facts = this.#namedFacts(name, loaded);
    const decisions = this.#decide(name, versionReq, facts);
    const judgement = { loaded, decisions, suitable: this.#suitable(versionReq, facts) };
    known.push(judgement);
    return judgement;
  }

  #decide(name: string, versionReq: string, facts: readonly NamedFact[]): readonly Decision[] {
    const [first] = facts;
    if (first === undefined) {
      const text = `No registered coprocessor with name '${name}'`;
      return [{ reason: rejections.unknownName, text }];
    }
    const decisions = facts.map(({ fact }) => this.decideVersion(fact, versionReq));
    const accepted = decisions.find(({ reason }) => reason === null);
    if (accepted !== undefined) return [accepted];
    return decisions.filter((_, at) => byVersion(facts[at]?.fact ?? first.fact, first.fact) === 0);
  }

  #suitable(versionReq: string, facts: readonly NamedFact[]): readonly LoadedFact[] {
    const suiting = facts.filter(
      ({ fact }) => this.decideVersion(fact, versionReq).reason === null,
    );
    const [best] = suiting;
    if (best !== undefined && suiting.length === 1) return [best.plugin];
    return suiting
      .filter(({ fact }) => best !== undefined && byVersion(fact, best.fact) === 0)
      .map(({ plugin }) => plugin);
  }

  /** What is loaded of exactly this name, the highest version first. */
  #namedFacts(name: string, loaded: Registry): readonly NamedFact[] {
    const named: NamedFact[] = [];
    for (const plugins of loaded.values()) {
      for (const plugin of plugins) {
        const fact = this.#byCode.get(plugin.code);
        if (fact?.name === name) named.push({ plugin, fact });
      }
    }
    // One is the rule, and reading versions costs more than all the rest.
    return named.length < 2 ? named : named.sort((a, b) => byVersion(b.fact, a.fact));
  }

  /** What a requirement makes of a loaded plugin. */
  decideVersion(plugin: PluginFact, versionReq: string): Decision {
    const decisions = placeOf(this.#decisions, plugin);
    let decision = decisions.get(versionReq);
    if (decision === undefined) {
      decision = decisionOn(plugin, versionReq, this.#fidelity);
      decisions.set(versionReq, decision);
    }
    return decision;
  }
}

/** The map of a key, which begins empty. */
function placeOf<Key, Inner, Item>(map: Map<Key, Map<Inner, Item>>, key: Key): Map<Inner, Item> {
  let place = map.get(key);
  if (place === undefined) {
    place = new Map();
    map.set(key, place);
  }
  return place;
}

function decisionOn(
  { name, version }: PluginFact,
  versionReq: string,
  fidelity: RunFacts["fidelity"],
): Decision {
  const reading = readRequirement(versionReq);
  if (reading.kind === "panic" && fidelity === "contract") {
    // A careful host reads such a number as it reads any other text that means nothing.
    const text = "the given version requirement is invalid";
    return { reason: rejections.badRequirement, text };
  }
  if (reading.kind === "panic") {
    const text = "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: PosOverflow }";
    return { reason: rejections.overflow, text };
  }
  if (reading.kind === "error") return { reason: rejections.badRequirement, text: reading.text };
  const own = readVersion(version);
  if (own !== null && satisfies(own, reading.sets)) return served;
  const text =
    `The plugin '${name}' with version '${version.trim()}' does not satisfy ` +
    `the version constraint '${spelled(reading.sets)}'`;
  return { reason: rejections.versionMismatch, text };
}

/** By semver's precedence; what is no version is below all others. */
function byVersion(a: PluginFact, b: PluginFact): number {
  const [left, right] = [readVersion(a.version), readVersion(b.version)];
  if (left === null || right === null) return (left === null ? 0 : 1) - (right === null ? 0 : 1);
  return compareVersions(left, right);
}

/** The place of the first check that a plugin does not pass, or null. */
function refusalOf({ mismatches, version }: PluginFact): number | null {
  const at = checkOrder.findIndex((check) =>
    check === "version" ? readVersion(version) === null : mismatches.includes(check),
  );
  return at < 0 ? null : at;
}
