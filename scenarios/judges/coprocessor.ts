/**
 * The judges of copr_v2: dispatch, version, containment, blast radius and error fidelity. They
 * share one record of what stores reported, and look at the history at the end.
 * Source: TiKV src/coprocessor_v2/{endpoint,plugin_registry,raw_storage_impl}.rs.
 */
import {
  callFailures,
  coprocessorAnswers,
  loadRefusals,
  pluginOutcomes,
  rejections,
  strayings,
} from "../../nodes/events.ts";
import { digestText } from "../../sim/bytes.ts";
import type { Judge, JudgeFactory, RunEnd, RunFacts } from "../judge.ts";
import { ClientAnswers } from "./coprocessor-answers.ts";
import { type Decision, PluginCatalog } from "./coprocessor-catalog.ts";
import {
  type CoprocessorListener,
  CoprocessorRecords,
  coprocessorKinds,
  type LoadedFact,
  type PluginRun,
  type Rejection,
} from "./coprocessor-records.ts";
import { type CoprocessorOperation, isCoprocessor } from "./coprocessor-requests.ts";
import { type Findings, judgeOf, type Listener } from "./verdicts.ts";

/** More than any run has. */
const processesMax = 2 ** 16;

const sentences = {
  dispatch: "the plugin that answers is the one that was named, with the code loaded then",
  version: "a plugin serves only requests whose version requirement it satisfies",
  containment: "a plugin's storage calls stay inside its request's ranges and region",
  "blast radius": "a request stops at most the one store that runs it",
  "error fidelity": "a region error that a plugin gives back untouched stays a region error",
} as const;

/** The properties of the coprocessor. */
export type CoprocessorProperty = keyof typeof sentences;

export const coprocessorJudges: JudgeFactory = (facts) => new CoprocessorJudges(facts).judges;

/** The first of the judges hears every event for all of them. */
class CoprocessorJudges implements Listener, CoprocessorListener {
  readonly kinds: readonly number[] = coprocessorKinds;
  readonly judges: readonly Judge[];
  readonly #records: CoprocessorRecords;
  readonly #catalog: PluginCatalog;
  readonly #facts: RunFacts;
  readonly #dispatch: Judge & Findings;
  readonly #version: Judge & Findings;
  readonly #containment: Judge & Findings;
  readonly #blastRadius: Judge & Findings;
  readonly #errorFidelity: Judge & Findings;
  /** Stores that died of a request, by operation. */
  readonly #deaths = new Map<number, number>();
  /** Of the names that clients asked for. */
  readonly #digests = new Map<string, number>();

  constructor(facts: RunFacts) {
    this.#facts = facts;
    this.#records = new CoprocessorRecords(facts, this);
    this.#catalog = new PluginCatalog(facts);
    this.#dispatch = judgeFor("dispatch", this);
    this.#version = judgeFor("version");
    this.#containment = judgeFor("containment");
    this.#blastRadius = judgeFor("blast radius");
    this.#errorFidelity = judgeFor("error fidelity");
    this.judges = [
      this.#dispatch,
      this.#version,
      this.#containment,
      this.#blastRadius,
      this.#errorFidelity,
    ];
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
    this.#records.event(kind, process, a, b, c, d, nowUs);
  }

  // While it happens ---------------------------------------------------------------------------

  loaded(process: number, plugin: LoadedFact, nowUs: number): void {
    this.#version.check();
    const problem = this.#catalog.loadProblem(plugin);
    if (problem !== null) this.#version.convict(`${this.#store(process)} ${problem}`, nowUs);
  }

  refused(name: number, reason: number, nowUs: number): void {
    if (reason > loadRefusals.version) return; // The file's fault: a matter of hot reload.
    this.#version.check();
    const problem = this.#catalog.refusalProblem(name, reason);
    if (problem !== null) this.#version.convict(problem, nowUs);
  }

  impossible(what: string, request: number, process: number, nowUs: number): void {
    this.#dispatch.convict(`request ${request} on ${this.#store(process)}: ${what}`, nowUs);
  }

  called(run: PluginRun, call: number, failed: number, nowUs: number): void {
    const findings = this.#containment;
    findings.check();
    const strayed = run.strayed.get(call);
    if (strayed === undefined) return;
    const { place, operation } = strayed;
    const who = `request ${run.request} on ${this.#store(run.process)}: storage call ${call}`;
    if (place === strayings.outsideRegion) {
      if (failed !== callFailures.none || lenientCalls.includes(operation)) return;
      findings.convict(`${who} left region ${run.region} and was carried out`, nowUs);
    } else if (this.#catalog.staysInRanges(run.plugin)) {
      findings.convict(`${who} left the ranges of the request`, nowUs);
    }
  }

  answered(run: PluginRun, call: number, nowUs: number): void {
    if (run.outcome !== pluginOutcomes.error) {
      const isResponse = run.outcome === pluginOutcomes.response;
      if (run.answer === (isResponse ? coprocessorAnswers.data : coprocessorAnswers.text)) return;
      const [did, got] = isResponse ? ["answered", "an error"] : ["broke off", "something else"];
      const message = `request ${run.request}: its plugin ${did}, and its client got ${got}`;
      this.#errorFidelity.convict(message, nowUs);
      return;
    }
    const findings = this.#errorFidelity;
    findings.check();
    const isBoxed = run.boxed.includes(call);
    const isRegionError = run.answer === coprocessorAnswers.regionError;
    if (isBoxed === isRegionError && run.answer !== coprocessorAnswers.data) return;
    const who = `request ${run.request} on ${this.#store(run.process)}`;
    findings.convict(
      isBoxed
        ? `${who}: the region error of storage call ${call}, given back untouched, was lost`
        : `${who}: no storage call gave the region error that its client gets`,
      nowUs,
    );
  }

  died(process: number, request: number, nowUs: number): void {
    if (request === 0) return;
    const findings = this.#blastRadius;
    findings.check();
    const deaths = (this.#deaths.get(request) ?? 0) + 1;
    this.#deaths.set(request, deaths);
    const sent = this.#records.sentCount(request);
    if (deaths <= sent && this.#records.sentCount(request, process) > 0) return;
    const message = `request ${request}, sent ${sent} times, stopped ${deaths} stores`;
    findings.convict(`${message}, ${this.#store(process)} last`, nowUs);
  }

  survived(process: number, request: number, nowUs: number): void {
    const message = `${this.#store(process)} went on after request ${request} made it panic`;
    this.#blastRadius.convict(message, nowUs);
  }

  // At the end ---------------------------------------------------------------------------------

  finish({ history }: RunEnd): void {
    const requests = new Map<number, CoprocessorOperation>();
    for (const operation of history) {
      if (isCoprocessor(operation)) requests.set(operation.id, operation);
    }
    for (const run of this.#records.runs) this.#run(run, requests.get(run.request));
    for (const one of this.#records.rejections) this.#rejection(one, requests.get(one.request));
    this.#attempts();
    for (const { request, outcome, atUs } of this.#records.unanswered) {
      if (outcome < 0) continue;
      this.#dispatch.convict(`request ${request} ran and was never answered`, atUs);
    }
    const answers = new ClientAnswers({
      facts: this.#facts,
      records: this.#records,
      catalog: this.#catalog,
      findings: {
        dispatch: this.#dispatch,
        version: this.#version,
        containment: this.#containment,
        errorFidelity: this.#errorFidelity,
      },
    });
    for (const operation of requests.values()) answers.judge(operation);
  }

  #run(run: PluginRun, operation: CoprocessorOperation | undefined): void {
    const dispatch = this.#dispatch;
    dispatch.check();
    if (operation === undefined) {
      const what = "a plugin ran for what no client asked";
      return dispatch.convict(`${this.#who(run)}: ${what}`, run.atUs);
    }
    const { name, versionReq } = operation.request;
    const named = run.loaded.get(this.#digestOf(name)) ?? [];
    if (run.plugin === undefined || !named.includes(run.plugin)) {
      const asked = this.#asked(name, named, run.plugin);
      return dispatch.convict(`${this.#who(run)} ${asked}`, run.atUs);
    }
    const { suitable, decisions } = this.#catalog.judgement(name, versionReq, run.loaded);
    if (suitable.length > 0 && !suitable.includes(run.plugin)) {
      const asked = this.#asked(name, suitable, run.plugin);
      return dispatch.convict(`${this.#who(run)} ${asked}`, run.atUs);
    }
    this.#version.check();
    const [decision] = decisions;
    if (decision === undefined || decision.reason === null) return;
    this.#version.convict(
      `${this.#who(run)}: ${this.#catalog.describe(run.plugin)} served the requirement ` +
        `${JSON.stringify(versionReq)}: ${decision.text}`,
      run.atUs,
    );
  }

  #who({ request, process }: PluginRun | Rejection): string {
    return `request ${request} on ${this.#store(process)}`;
  }

  #digestOf(name: string): number {
    let digest = this.#digests.get(name);
    if (digest === undefined) {
      digest = digestText(name);
      this.#digests.set(name, digest);
    }
    return digest;
  }

  #asked(name: string, loaded: readonly LoadedFact[], ran: LoadedFact | undefined): string {
    const texts = loaded.map((one) => this.#catalog.describe(one));
    const known = texts.length === 0 ? this.#catalog.describe(undefined) : texts.join(" or ");
    return `asked for '${name}' (${known}), ${this.#catalog.describe(ran)} ran`;
  }

  #rejection(one: Rejection, operation: CoprocessorOperation | undefined): void {
    if (operation === undefined) return;
    const { name, versionReq } = operation.request;
    // A careful host asks first whether the region is its own; its client hears that, and no more.
    if (one.reason === rejections.regionError && this.#facts.fidelity === "contract") return;
    const { decisions } = this.#catalog.judgement(name, versionReq, one.loaded);
    const isOfName = one.reason <= rejections.unknownName;
    const findings = isOfName ? this.#dispatch : this.#version;
    findings.check();
    const isRight = decisions.some(
      ({ reason, text }) => reason === one.reason && digestText(text) === one.text,
    );
    const [decision] = decisions;
    if (isRight || decision === undefined) return;
    // A feature that is off has no registry, as one that is on and empty.
    if (one.reason === rejections.disabled && one.loaded.size === 0) return;
    findings.convict(
      `${this.#who(one)} for '${name}' ` +
        `${JSON.stringify(versionReq)} was refused ${refusalOf(one, decision)}`,
      one.atUs,
    );
  }

  /** Each delivery of a request is taken up once at most. */
  #attempts(): void {
    const counts = new Map<number, number>();
    for (const one of this.#records.runs) this.#attempt(one, counts);
    for (const one of this.#records.rejections) this.#attempt(one, counts);
  }

  #attempt({ request, process, atUs }: PluginRun | Rejection, counts: Map<number, number>): void {
    const key = request * processesMax + process;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    const sent = this.#records.sentCount(request, process);
    if (count <= sent) return;
    const message = `request ${request} was sent ${sent} times to ${this.#store(process)}`;
    this.#dispatch.convict(`${message} and taken up ${count} times`, atUs);
  }

  #store(process: number): string {
    const store = this.#facts.stores.find((one) => one.process === process)?.store;
    return store === undefined ? `process ${process}` : `store ${store}`;
  }
}

const judgeFor = (property: CoprocessorProperty, listener: Listener = {}): Judge & Findings =>
  judgeOf({ property, sentence: sentences[property] }, () => listener);

/** batchGet and scan (the ABI's numbers): TiKV answers what lies outside with nothing or a gap. */
const lenientCalls: readonly number[] = [2, 3];

const reasonTexts: ReadonlyMap<number, string> = new Map([
  [rejections.disabled, "as if plugins were off"],
  [rejections.unknownName, "as if no such plugin were loaded"],
  [rejections.badRequirement, "as if the requirement did not parse"],
  [rejections.versionMismatch, "for the version"],
  [rejections.overflow, "by a panic"],
  [rejections.regionError, "for its region"],
  [rejections.rangeOutside, "for ranges outside of its region"],
]);

function refusalOf({ reason }: Rejection, decision: Decision): string {
  const given = reasonTexts.get(reason) ?? `for reason ${reason}`;
  if (decision.reason === null) return `${given}, and should have been served`;
  if (decision.reason === reason) return `${given} in other words than: ${decision.text}`;
  return `${given}, and should have been ${reasonTexts.get(decision.reason)}: ${decision.text}`;
}
