/**
 * What reloads do to requests: each ends on the generation of the plugin that it began on, which
 * lives until then and no longer than it has work; and none is lost to a reload that it met.
 */
import { eventKinds, pluginOutcomes, rejections } from "../../nodes/events.ts";
import { digestText } from "../../sim/bytes.ts";
import { kernelEvents } from "../../sim/events.ts";
import type { JudgeFactory, RunEnd, RunFacts } from "../judge.ts";
import { type Findings, judgeOf, type Listener } from "./verdicts.ts";

const generationParts = {
  property: "one generation per request",
  sentence: "a request ends on the load of the plugin that it began on, which lives until then",
} as const;
const lostParts = {
  property: "no request lost to a reload",
  sentence: "a request that meets a reload is answered as if there had been none",
} as const;

/** Two judges, one listener: the first hears every event for both. */
export const reloadRequestJudges: JudgeFactory = (facts) => {
  const shared: { lost: Findings | null } = { lost: null };
  const first = judgeOf(generationParts, (findings) => {
    const listener = new ReloadRequests(facts, findings, () => shared.lost);
    return listener;
  });
  const second = judgeOf(lostParts, (findings) => {
    shared.lost = findings;
    return {};
  });
  return [first, second];
};

/** A request at work. */
type Work = {
  readonly run: number;
  readonly request: number;
  readonly generation: number;
  readonly sinceUs: number;
  /** A plugin was loaded, replaced or withdrawn on its store meanwhile. */
  hasMet: boolean;
  isFinished: boolean;
};

type Load = { readonly name: number; isServing: boolean; isRetired: boolean };

/** What one incarnation of a store has. */
type Incarnation = {
  readonly loads: Map<number, Load>;
  /** In order of their beginning: few at a time, and each comes and goes. */
  readonly work: Work[];
};

type Refused = {
  readonly request: number;
  readonly process: number;
  readonly atUs: number;
  /** The names of the plugins that took requests then. */
  readonly serving: ReadonlySet<number>;
};

/** An answer is on its way when its run ends: an operation that began so late may miss it. */
const slackUs = 500_000;

class ReloadRequests implements Listener {
  readonly kinds: readonly number[] = [
    kernelEvents.crash.kind,
    kernelEvents.powerLoss.kind,
    kernelEvents.death.kind,
    eventKinds.pluginLoaded,
    eventKinds.pluginReplaced,
    eventKinds.pluginWithdrawn,
    eventKinds.pluginRetired,
    eventKinds.pluginUnloaded,
    eventKinds.pluginStarted,
    eventKinds.pluginFinished,
    eventKinds.coprocessorAnswered,
    eventKinds.coprocessorRejected,
  ];
  readonly #facts: RunFacts;
  readonly #findings: Findings;
  readonly #lost: () => Findings | null;
  readonly #incarnations = new Map<number, Incarnation>();
  readonly #refused: Refused[] = [];

  constructor(facts: RunFacts, findings: Findings, lost: () => Findings | null) {
    this.#facts = facts;
    this.#findings = findings;
    this.#lost = lost;
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
    const known = this.#incarnations.get(process);
    switch (kind) {
      case kernelEvents.crash.kind:
      case kernelEvents.powerLoss.kind:
      case kernelEvents.death.kind:
        this.#incarnations.delete(process);
        return;
      default:
        break;
    }
    const store = known ?? { loads: new Map(), work: [] };
    if (known === undefined) this.#incarnations.set(process, store);
    switch (kind) {
      case eventKinds.pluginLoaded:
        return this.#loaded(store, a, b);
      case eventKinds.pluginReplaced:
      case eventKinds.pluginWithdrawn:
        return this.#left(store, process, a, nowUs);
      case eventKinds.pluginRetired:
        return this.#retired(store, process, a, nowUs);
      case eventKinds.pluginUnloaded:
        return this.#unloaded(store, process, a, nowUs);
      case eventKinds.pluginStarted:
        return this.#started(store, process, {
          run: d,
          request: a,
          generation: b,
          sinceUs: nowUs,
          hasMet: false,
          isFinished: false,
        });
      case eventKinds.pluginFinished:
        return this.#finished(
          store,
          process,
          { request: a, generation: b, outcome: c, run: d },
          nowUs,
        );
      case eventKinds.coprocessorAnswered:
        this.#answered(store, d);
        return;
      default:
        if (b === rejections.unknownName) this.#rejected(store, process, a, nowUs);
        return;
    }
  }

  finish({ history }: RunEnd): void {
    for (const [process, store] of this.#incarnations) this.#end(store, process);
    if (this.#refused.length === 0) return;
    const names = new Map(
      history.map(({ id, request }) => [id, request.kind === "coprocessor" ? request.name : ""]),
    );
    for (const { request, process, atUs, serving } of this.#refused) {
      const name = names.get(request);
      if (name === undefined) continue;
      this.#lost()?.check();
      if (!serving.has(digestText(name))) continue;
      const what = `was told on ${this.#store(process)} that there is no '${name}', which served`;
      this.#lost()?.convict(`request ${request} ${what}`, atUs);
    }
  }

  // Loads --------------------------------------------------------------------------------------

  #loaded(store: Incarnation, generation: number, name: number): void {
    meet(store);
    store.loads.set(generation, { name, isServing: true, isRetired: false });
  }

  #left(store: Incarnation, process: number, generation: number, nowUs: number): void {
    meet(store);
    const load = store.loads.get(generation);
    if (load?.isServing === true) load.isServing = false;
    else this.#convict(process, `load ${generation} gave way twice`, nowUs);
  }

  #retired(store: Incarnation, process: number, generation: number, nowUs: number): void {
    this.#findings.check();
    const load = store.loads.get(generation);
    const running = runningOn(store, generation);
    if (running !== undefined) {
      const what = `load ${generation} was given up while request ${running.request} runs on it`;
      this.#convict(process, what, nowUs);
    } else if (load === undefined || load.isServing || load.isRetired) {
      this.#convict(process, `load ${generation} retired out of turn`, nowUs);
    }
    if (load !== undefined) load.isRetired = true;
  }

  #unloaded(store: Incarnation, process: number, generation: number, nowUs: number): void {
    this.#findings.check();
    if (store.loads.get(generation)?.isRetired !== true) {
      this.#convict(process, `load ${generation} was unloaded before its work was done`, nowUs);
    }
    store.loads.delete(generation);
  }

  // Requests -----------------------------------------------------------------------------------

  #started(store: Incarnation, process: number, work: Work): void {
    this.#findings.check();
    takeOut(store, work.run);
    store.work.push(work);
    if (store.loads.get(work.generation)?.isServing === true) return;
    const what = `request ${work.request} began on load ${work.generation}`;
    this.#convict(process, `${what}, which takes no more requests`, work.sinceUs);
  }

  #finished(
    store: Incarnation,
    process: number,
    ended: {
      readonly request: number;
      readonly generation: number;
      readonly outcome: number;
      readonly run: number;
    },
    nowUs: number,
  ): void {
    const { request, generation, outcome, run } = ended;
    const work = store.work.find((one) => one.run === run);
    if (work === undefined) return; // Another judge's matter.
    this.#findings.check();
    work.isFinished = true;
    if (work.generation !== generation) {
      const what = `request ${request} began on load ${work.generation}`;
      this.#convict(process, `${what} and ended on load ${generation}`, nowUs);
    }
    if (this.#isAnswered(outcome)) return;
    takeOut(store, run); // Nobody answers it, reload or not.
  }

  /** In `tikv` a panic ends the store, and what the host stops stands for what never returns. */
  #isAnswered(outcome: number): boolean {
    if (this.#facts.fidelity === "contract") return true;
    return outcome !== pluginOutcomes.panic && outcome !== pluginOutcomes.trap;
  }

  #answered(store: Incarnation, run: number): void {
    if (takeOut(store, run)?.hasMet === true) this.#lost()?.check();
  }

  #rejected(store: Incarnation, process: number, request: number, nowUs: number): void {
    const serving = new Set<number>();
    for (const { name, isServing } of store.loads.values()) if (isServing) serving.add(name);
    this.#refused.push({ request, process, atUs: nowUs, serving });
  }

  // The end ------------------------------------------------------------------------------------

  #end(store: Incarnation, process: number): void {
    const { endUs, deadlineUs } = this.#facts;
    for (const { request, hasMet, isFinished, sinceUs } of store.work) {
      if (!hasMet || sinceUs > endUs - deadlineUs - slackUs) continue;
      this.#lost()?.check();
      const how = isFinished ? "was never answered" : "never ended";
      const what = `request ${request} on ${this.#store(process)} met a reload and ${how}`;
      this.#lost()?.convict(what, endUs);
    }
    for (const [generation, { isServing, isRetired }] of store.loads) {
      if (isServing) continue;
      this.#findings.check();
      if (isRetired || runningOn(store, generation) !== undefined) continue;
      this.#convict(process, `load ${generation} has no work left and is kept`, endUs);
    }
  }

  #convict(process: number, what: string, nowUs: number): void {
    this.#findings.convict(`${this.#store(process)}: ${what}`, nowUs);
  }

  #store(process: number): string {
    const store = this.#facts.stores.find((one) => one.process === process)?.store;
    return store === undefined ? `process ${process}` : `store ${store}`;
  }
}

/** Every request at work on the store meets a reload. */
function meet({ work }: Incarnation): void {
  for (const one of work) one.hasMet = true;
}

/** Takes the work of a run out, if it is known. */
function takeOut({ work }: Incarnation, run: number): Work | undefined {
  let at = work.length - 1;
  while (at >= 0 && work[at]?.run !== run) at--;
  // The latest as a rule.
  if (at === work.length - 1) return work.pop();
  return at < 0 ? undefined : work.splice(at, 1)[0];
}

function runningOn({ work }: Incarnation, generation: number): Work | undefined {
  return work.find((one) => one.generation === generation && !one.isFinished);
}
