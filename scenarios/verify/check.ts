/** What a check is: it draws cases and judges each. The rest is done by `verification.ts`. */
import {
  defaultPluginLimits,
  type PluginInstance,
  type PreparedPlugin,
} from "../../plugins/index.ts";
import { assert } from "../../sim/assert.ts";
import type { Plan } from "../plan.ts";
import type { Environment } from "../runner.ts";
import type { Shrinkable, VerifyCase } from "./case.ts";
import type { Contract } from "./contract.ts";
import { CostSheet } from "./cost/figures.ts";
import { Host } from "./emulator.ts";
import type { HintCode } from "./hints.ts";
import type { CheckId } from "./levels.ts";
import type { Matrix } from "./matrix.ts";

/** What a subject is made of. */
export type SubjectParts = Pick<Subject, "plugin" | "contract" | "environment" | "fidelity">;

/** A plugin under verification, with its contract if there is one, and where clusters run. */
export class Subject {
  readonly plugin: PreparedPlugin;
  readonly contract: Contract | null;
  /** For runs in the simulated cluster: engines for `confirmingStores` are ready. */
  readonly environment: Environment;
  /** Whose semantics the simulated cluster has. */
  readonly fidelity: Plan["fidelity"];
  readonly #load: () => PluginInstance;
  readonly #lent: Host[] = [];
  /** The plugin as a node has it loaded for a long time. */
  readonly host: Host;

  constructor({ plugin, contract, environment, fidelity }: SubjectParts) {
    this.plugin = plugin;
    this.contract = contract;
    this.environment = environment;
    this.fidelity = fidelity;
    this.#load = loadPlugin.bind(null, plugin, contract);
    this.host = new Host(this.#load);
  }

  /** The plugin on a node of its own, until `release`. */
  fresh(): Host {
    const host = new Host(this.#load);
    this.#lent.push(host);
    return host;
  }

  /** A case is judged: the nodes that were made for it are gone. */
  release(): void {
    for (const host of this.#lent.splice(0)) host.restart();
  }
}

function loadPlugin(plugin: PreparedPlugin, contract: Contract | null): PluginInstance {
  const made = plugin.instantiate(contract?.limits ?? defaultPluginLimits);
  assert(made.kind === "loaded", "a plugin that cannot be constructed is found before any check");
  return made.plugin;
}

/** What is wrong with a case. */
export type Complaint = {
  readonly hint: HintCode;
  /** One sentence with what matters. */
  readonly message: string;
  readonly expected: string;
  readonly observed: string;
};

/**
 * Whose fault a finding is: what is gone under fidelity `contract` is a limitation of the host that
 * the plugin has to live with.
 */
export type Origin = "plugin" | "host limitation";

/** What must have happened at least once for a pass to say anything. */
export type CheckGate = {
  readonly name: string;
  readonly sentence: string;
  /** Another thing seen, without which this gate asks for nothing. */
  readonly onlyIf?: string;
};

/** What a check saw while it judged: gates, notes, and for C6 the matrix. */
export class Seen {
  readonly #counts = new Map<string, number>();
  readonly #notes = new Map<string, string>();
  readonly matrix: Matrix | null;
  /** The figures of C7. */
  readonly costs: CostSheet = new CostSheet();

  constructor(matrix: Matrix | null) {
    this.matrix = matrix;
  }

  saw(gate: string): void {
    this.#counts.set(gate, this.count(gate) + 1);
  }

  count(gate: string): number {
    return this.#counts.get(gate) ?? 0;
  }

  /** A figure that is worth telling whatever the outcome: the last of a name counts. */
  note(name: string, text: string): void {
    this.#notes.set(name, text);
  }

  /** In the order in which their names came up. */
  notes(): readonly string[] {
    return [...this.#notes.values()];
  }
}

/** One line of a finding's smallest story. */
export type StoryLine = { readonly label: string; readonly text: string };

export type DrawOptions = {
  /** How many base cases to draw; each gives many cases. */
  readonly seeds: number;
  /** Where chance begins: the same number gives the same cases. */
  readonly seed: number;
};

export interface Check {
  readonly id: CheckId;
  /** Two or three words. */
  readonly title: string;
  /** The property, in an author's words. */
  readonly sentence: string;
  /** Why it cannot run without a contract; null if it can. */
  readonly needsContract: string | null;
  /** What it means that there is no case: then the check does not apply. null: nothing. */
  readonly emptyMeans: string | null;
  /** Whether it tries every case even after a failure, because its report shows all of them. */
  readonly exhaustive: boolean;
  readonly shrinks: readonly Shrinkable[];
  /** Every `relation` that a case of it may have. */
  readonly relations: readonly string[];
  gates(subject: Subject): readonly CheckGate[];
  /** Why the check does not apply to the plugin at all; null, or left out: it does. */
  excuse?(subject: Subject): string | null;
  /** The cases, in order. A pure function of subject and options. */
  cases(subject: Subject, options: DrawOptions): Iterable<VerifyCase>;
  /** What is wrong with a case, or null: a pure function of subject and case. */
  judge(subject: Subject, one: VerifyCase, seen: Seen): Complaint | null;
  /** The lines that show a failed case. */
  story(subject: Subject, one: VerifyCase): readonly StoryLine[];
  /** Whose fault a failed case is, where the check can tell; left out: it cannot. */
  origin?(subject: Subject, one: VerifyCase): Origin;
}
