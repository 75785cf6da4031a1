/**
 * What the events of a run tell of its coprocessor requests: what each store had loaded, which
 * plugin ran when and how it ended, what was refused and answered, and who died of it.
 */
import { callFailures, eventKinds, pluginOutcomes, rejections } from "../../nodes/events.ts";
import { kernelEvents } from "../../sim/events.ts";
import type { RunFacts } from "../judge.ts";

/** A plugin as a store reported it: names, versions and code by their digests. */
export type LoadedFact = {
  readonly generation: number;
  readonly name: number;
  readonly code: number;
};

/**
 * What takes requests on one store incarnation at some time, by the plugins' names: in `tikv` the
 * last load of each, in `contract` versions side by side.
 */
export type Registry = ReadonlyMap<number, readonly LoadedFact[]>;

/** One plugin at work on one request. */
export type PluginRun = {
  readonly request: number;
  readonly process: number;
  readonly generation: number;
  readonly number: number;
  readonly region: number;
  readonly atUs: number;
  readonly loaded: Registry;
  /** The plugin of this generation, where its load was seen. */
  readonly plugin: LoadedFact | undefined;
  /** One of `pluginOutcomes`, -1 while it runs. */
  outcome: number;
  /** One of `coprocessorAnswers`, -1 before it left. */
  answer: number;
  /** The calls that got a boxed region error, and those that reached too far. */
  boxed: readonly number[];
  strayed: ReadonlyMap<number, Straying>;
  /** The operation of its last storage call; 0 before the first. */
  operation: number;
};

type Straying = { readonly place: number; readonly operation: number };

export type Rejection = {
  readonly request: number;
  readonly process: number;
  readonly reason: number;
  readonly text: number;
  readonly atUs: number;
  readonly loaded: Registry;
};

/** What is known of one store incarnation. */
type Incarnation = {
  registry: Registry;
  /** What it loaded, by generation. */
  generations: Map<number, LoadedFact>;
  /** By the runs' numbers: those that have not been answered. */
  open: (PluginRun | undefined)[];
};

/** Told of what cannot be, while it happens, and of each step that is worth a look of its own. */
export interface CoprocessorListener {
  /** A plugin file was accepted. */
  loaded(process: number, plugin: LoadedFact, nowUs: number): void;
  /** A plugin file of a name was refused for a reason. */
  refused(name: number, reason: number, nowUs: number): void;
  /** An event of a run that does not run. */
  impossible(what: string, request: number, process: number, nowUs: number): void;
  /** A storage call came back. */
  called(run: PluginRun, call: number, failed: number, nowUs: number): void;
  /** An answer left; `call` is the one whose error came back untouched, 0 = none. */
  answered(run: PluginRun, call: number, nowUs: number): void;
  /** A store ended itself, by the request that was last seen to make one do so; 0 = by none. */
  died(process: number, request: number, nowUs: number): void;
  /** A store went on after its plugin had panicked. */
  survived(process: number, request: number, nowUs: number): void;
}

/** Operations of smaller ids are counted in one array. */
const flatOperations = 1 << 16;
/** Enough for most runs. */
const sentRoom = 4096;

const nobody: Registry = new Map();
const newIncarnation = (): Incarnation => ({
  registry: nobody,
  generations: new Map(),
  open: [],
});
const noCalls: readonly number[] = [];
const noStrayings: ReadonlyMap<number, Straying> = new Map();

/** The kinds of events that tell of requests. */
export const coprocessorKinds: readonly number[] = [
  kernelEvents.crash.kind,
  kernelEvents.powerLoss.kind,
  kernelEvents.death.kind,
  eventKinds.pluginLoaded,
  eventKinds.pluginReplaced,
  eventKinds.pluginWithdrawn,
  eventKinds.pluginRefused,
  eventKinds.pluginStarted,
  eventKinds.pluginCalled,
  eventKinds.pluginAnswered,
  eventKinds.pluginFinished,
  eventKinds.coprocessorRejected,
  eventKinds.coprocessorAnswered,
  eventKinds.pluginStrayed,
  eventKinds.clientSent,
];

export class CoprocessorRecords {
  readonly runs: PluginRun[] = [];
  readonly rejections: Rejection[] = [];
  /** How often each operation was sent to each process: `operation * #places + process`. */
  #sentTo = new Uint16Array(sentRoom);
  /** The same of operations that have no room there, by both: a plan's ids may be any. */
  readonly #sentFar = new Map<string, number>();
  readonly #listener: CoprocessorListener;
  /** The last plugin of a name takes the place of the one before. */
  readonly #isAdditive: boolean;
  /** By store, with holes. */
  readonly #processes: (number | undefined)[] = [];
  /** In place of a process: where the request went is no store. */
  readonly #elsewhere: number;
  readonly #places: number;
  /** By process. */
  readonly #incarnations: Incarnation[] = [];
  /** By process: the request that ends it. A trap may also hang for ever. */
  readonly #lethal = new Map<number, { readonly request: number; readonly isCertain: boolean }>();
  /** Whether a plugin that breaks off takes its store along, or hangs; else it is answered. */
  readonly #isDeadly: boolean;

  constructor({ stores, fidelity }: RunFacts, listener: CoprocessorListener) {
    this.#listener = listener;
    this.#isDeadly = fidelity === "tikv";
    this.#isAdditive = fidelity === "tikv";
    for (const { store, process } of stores) this.#processes[store] = process;
    this.#elsewhere = Math.max(-1, ...stores.map(({ process }) => process)) + 1;
    this.#places = this.#elsewhere + 1;
  }

  /** The runs of stores that are still up and whose answer is due. */
  get unanswered(): readonly PluginRun[] {
    const due: PluginRun[] = [];
    for (const { open } of this.#incarnations) {
      for (const run of open) if (run !== undefined) due.push(run);
    }
    return due;
  }

  /** How often an operation was sent, to one process or to all. */
  sentCount(operation: number, process: number | null = null): number {
    if (process !== null) {
      const isPlace = process >= 0 && process < this.#places;
      return isPlace ? this.#sentAt(operation, process) : 0;
    }
    let count = 0;
    for (let place = 0; place < this.#places; place++) count += this.#sentAt(operation, place);
    return count;
  }

  #sentAt(operation: number, place: number): number {
    if (operation >= flatOperations) return this.#sentFar.get(`${operation}/${place}`) ?? 0;
    return this.#sentTo[operation * this.#places + place] ?? 0;
  }

  event(
    kind: number,
    process: number,
    a: number,
    b: number,
    c: number,
    d: number,
    nowUs: number,
  ): void {
    if (kind >= eventKinds.pluginLoaded) {
      if (kind !== eventKinds.clientSent) this.#mustBeOver(process, nowUs);
      this.#request(kind, process, a, b, c, d, nowUs);
      return;
    }
    switch (kind) {
      case kernelEvents.crash.kind:
      case kernelEvents.powerLoss.kind:
        this.#forget(process);
        break;
      case kernelEvents.death.kind:
        this.#listener.died(process, this.#lethal.get(process)?.request ?? 0, nowUs);
        this.#forget(process);
        break;
      default:
        break; // Says nothing of plugins.
    }
  }

  #forget(process: number): void {
    Object.assign(this.#of(process), newIncarnation());
    this.#lethal.delete(process);
  }

  #mustBeOver(process: number, nowUs: number): void {
    if (this.#lethal.size === 0) return;
    const lethal = this.#lethal.get(process);
    if (lethal === undefined) return;
    this.#lethal.delete(process);
    if (lethal.isCertain) this.#listener.survived(process, lethal.request, nowUs);
  }

  #request(
    kind: number,
    process: number,
    a: number,
    b: number,
    c: number,
    d: number,
    nowUs: number,
  ): void {
    switch (kind) {
      case eventKinds.clientSent:
        return this.#sent(a, d);
      case eventKinds.pluginLoaded:
        return this.#load(process, { generation: a, name: b, code: c }, nowUs);
      case eventKinds.pluginReplaced:
      case eventKinds.pluginWithdrawn:
        return this.#drop(process, a);
      case eventKinds.pluginRefused:
        return this.#listener.refused(a, b, nowUs);
      case eventKinds.pluginStarted:
        return this.#started(process, a, b, c, d, nowUs);
      case eventKinds.coprocessorRejected:
        return this.#rejected(process, a, b, d, nowUs);
      case eventKinds.pluginCalled:
      case eventKinds.pluginStrayed:
      case eventKinds.pluginAnswered:
      case eventKinds.pluginFinished:
      case eventKinds.coprocessorAnswered: {
        const run = this.#openRun(process, d);
        if (run === null || run.request !== a) {
          this.#listener.impossible("an event of a run that is over", a, process, nowUs);
        } else this.#step(kind, run, b, c, nowUs);
        return;
      }
      default:
        return; // Says nothing of plugins.
    }
  }

  #openRun(process: number, number: number): PluginRun | null {
    return this.#of(process).open[number] ?? null;
  }

  #of(process: number): Incarnation {
    while (this.#incarnations.length <= process) this.#incarnations.push(newIncarnation());
    return this.#incarnations[process] as Incarnation;
  }

  /** What happens inside a run. */
  #step(kind: number, run: PluginRun, b: number, c: number, nowUs: number): void {
    const { request, process } = run;
    const isOver = run.outcome >= 0;
    if (isOver !== (kind === eventKinds.coprocessorAnswered)) {
      const what = isOver ? "went on after its end" : "was answered before its end";
      this.#listener.impossible(`its plugin's run ${what}`, request, process, nowUs);
    }
    switch (kind) {
      case eventKinds.pluginCalled:
        run.operation = c;
        break;
      case eventKinds.pluginStrayed:
        run.strayed = new Map(run.strayed).set(b, { place: c, operation: run.operation });
        break;
      case eventKinds.pluginAnswered:
        if (c === callFailures.regionError) run.boxed = [...run.boxed, b];
        this.#listener.called(run, b, c, nowUs);
        break;
      case eventKinds.pluginFinished:
        run.outcome = c;
        if (b !== run.generation) {
          this.#listener.impossible("another generation ended its run", request, process, nowUs);
        }
        if (this.#isDeadly && (c === pluginOutcomes.panic || c === pluginOutcomes.trap)) {
          // Nobody answers these.
          this.#close(run);
          this.#lethal.set(process, { request, isCertain: c === pluginOutcomes.panic });
        }
        break;
      default:
        run.answer = b;
        this.#close(run);
        this.#listener.answered(run, c, nowUs);
        break;
    }
  }

  #sent(operation: number, store: number): void {
    const place = this.#processes[store] ?? this.#elsewhere;
    if (operation >= flatOperations) {
      this.#sentFar.set(`${operation}/${place}`, this.#sentAt(operation, place) + 1);
      return;
    }
    const at = operation * this.#places + place;
    if (at >= this.#sentTo.length) this.#grow(at);
    this.#sentTo[at] = (this.#sentTo[at] as number) + 1;
  }

  #grow(at: number): void {
    const wider = new Uint16Array(2 * at);
    wider.set(this.#sentTo);
    this.#sentTo = wider;
  }

  #load(process: number, plugin: LoadedFact, nowUs: number): void {
    const incarnation = this.#of(process);
    const { registry, generations } = incarnation;
    const others = this.#isAdditive ? [] : (registry.get(plugin.name) ?? []);
    incarnation.registry = new Map(registry).set(plugin.name, [...others, plugin]);
    generations.set(plugin.generation, plugin);
    this.#listener.loaded(process, plugin, nowUs);
  }

  /** A generation takes no more requests. */
  #drop(process: number, generation: number): void {
    const incarnation = this.#of(process);
    const left = [...incarnation.registry].map(
      ([name, plugins]) => [name, plugins.filter((one) => one.generation !== generation)] as const,
    );
    incarnation.registry = new Map(left);
  }

  #started(
    process: number,
    request: number,
    generation: number,
    region: number,
    number: number,
    nowUs: number,
  ): void {
    const { registry, generations, open } = this.#of(process);
    const run: PluginRun = {
      request,
      process,
      generation,
      number,
      region,
      atUs: nowUs,
      loaded: registry,
      plugin: generations.get(generation),
      outcome: -1,
      answer: -1,
      boxed: noCalls,
      strayed: noStrayings,
      operation: 0,
    };
    this.runs.push(run);
    if (open[number] !== undefined) {
      this.#listener.impossible("two runs have one number", request, process, nowUs);
    }
    open[number] = run;
  }

  /** Nothing more comes of a run. */
  #close({ process, number }: PluginRun): void {
    this.#of(process).open[number] = undefined;
  }

  #rejected(process: number, request: number, reason: number, text: number, nowUs: number): void {
    const loaded = this.#of(process).registry;
    this.rejections.push({ request, process, reason, text, atUs: nowUs, loaded });
    if (reason === rejections.overflow) this.#lethal.set(process, { request, isCertain: true });
  }
}
