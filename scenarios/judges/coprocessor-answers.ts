/** What clients got for their coprocessor calls, held against what they asked and what ran. */
import { coprocessorAnswers, pluginOutcomes, rejections } from "../../nodes/events.ts";
import type { HistoryResult } from "../history.ts";
import type { RunFacts } from "../judge.ts";
import type { PluginCatalog } from "./coprocessor-catalog.ts";
import type { CoprocessorRecords, PluginRun, Rejection } from "./coprocessor-records.ts";
import type { CoprocessorOperation } from "./coprocessor-requests.ts";
import { type ProbeIdentity, probeIdentity } from "./probe-answers.ts";
import type { Findings } from "./verdicts.ts";

export type ClientAnswersOptions = {
  readonly facts: RunFacts;
  readonly records: CoprocessorRecords;
  readonly catalog: PluginCatalog;
  readonly findings: Readonly<
    Record<"dispatch" | "version" | "containment" | "errorFidelity", Findings>
  >;
};

type Shard = Extract<HistoryResult, { kind: "shards" }>["shards"][number];

/** client-rust's region back-off: it gives a region error to its caller after so many attempts. */
const attemptsBeforeGivingUp = 11;
/** What the client puts before the last error when an operation's time is over. */
const outOfTime = "deadline exceeded, last: ";

/** The Display texts of region errors that clients try again after. */
const regionErrorTexts: readonly RegExp[] = [
  /^peer is not leader for region \d+, leader may /,
  /^region \d+ not found$/,
  /^current epoch of region \d+ is /,
  /^epoch not match$/,
  /^stale command$/,
  /^to store id \d+, mine \d+$/,
  /^region \d+ not initialized yet$/,
  /^mismatch peer id \d+ != \d+$/,
  /^\d+ peer is applying snapshot$/,
];

export class ClientAnswers {
  readonly #options: ClientAnswersOptions;
  readonly #runs = new Map<number, PluginRun[]>();
  readonly #rejections = new Map<number, Rejection[]>();

  constructor(options: ClientAnswersOptions) {
    this.#options = options;
    for (const run of options.records.runs) addTo(this.#runs, run.request, run);
    for (const one of options.records.rejections) addTo(this.#rejections, one.request, one);
  }

  /** Looks at one operation that may have ended. */
  judge(operation: CoprocessorOperation): void {
    const { outcome } = operation;
    if (outcome?.kind === "ok" && outcome.result.kind === "shards") {
      this.#served(operation, outcome.result.shards);
    } else if (outcome?.kind === "error") this.#failed(operation, outcome.text);
  }

  #served({ id, request, returnUs }: CoprocessorOperation, shards: readonly Shard[]): void {
    const { findings } = this.#options;
    const atUs = returnUs ?? 0;
    const runs = (this.#runs.get(id) ?? []).filter(
      ({ answer }) => answer === coprocessorAnswers.data,
    );
    const dispatch = findings.dispatch;
    dispatch.check();
    if (runs.length < shards.length) {
      const message = `request ${id} got ${shards.length} answers, plugins gave ${runs.length}`;
      dispatch.convict(message, atUs);
    }
    for (const shard of shards) {
      findings.containment.check();
      if (!this.#isInOneRegion(shard)) {
        findings.containment.convict(`request ${id}: one region served several`, atUs);
      }
      const identity = this.#identity(shard.data);
      if (identity === null) continue;
      const { name, version, code, rest } = identity;
      const said = `request ${id} for '${request.name}' was answered by '${name}' ${version}`;
      dispatch.check();
      if (name !== request.name) dispatch.convict(said, atUs);
      const ran = runs.some(
        ({ plugin, outcome }) => plugin?.code === code && outcome === pluginOutcomes.response,
      );
      if (!ran) dispatch.convict(`${said}, which did not run for it`, atUs);
      if (request.data.startsWith("echo ") && rest !== request.data.slice("echo ".length)) {
        dispatch.convict(`${said} with the answer to another request: ${rest}`, atUs);
      }
      this.#judgeVersion(said, code, request.versionReq, atUs);
    }
  }

  #judgeVersion(said: string, code: number, versionReq: string, atUs: number): void {
    const fact = this.#options.catalog.ofCode(code);
    if (fact === undefined) return;
    const findings = this.#options.findings.version;
    findings.check();
    const decision = this.#options.catalog.decideVersion(fact, versionReq);
    if (decision.reason !== null) findings.convict(`${said}: ${decision.text}`, atUs);
  }

  /** The probe that gave an answer, if the run has one like it. */
  #identity(data: string): ProbeIdentity | null {
    const identity = probeIdentity(data);
    if (identity === null) return null;
    const fact = this.#options.catalog.ofCode(identity.code);
    return fact?.name === identity.name && fact.version === identity.version ? identity : null;
  }

  #isInOneRegion({ ranges }: Shard): boolean {
    return this.#options.facts.regions.some((region) =>
      ranges.every(({ start, end }) => {
        if (start < region.start || (region.end !== "" && start >= region.end)) return false;
        return region.end === "" || (end !== "" && end <= region.end);
      }),
    );
  }

  #failed(operation: CoprocessorOperation, text: string): void {
    const { catalog, findings } = this.#options;
    const { id, request, returnUs } = operation;
    const atUs = returnUs ?? 0;
    const reasons = (this.#rejections.get(id) ?? []).map(({ reason }) => reason);
    const convict = (property: "dispatch" | "version", why: string): void => {
      const asked = `'${request.name}' ${JSON.stringify(request.versionReq)}`;
      findings[property].convict(`request ${id} for ${asked} got "${text}", ${why}`, atUs);
    };
    if (text.startsWith("No registered coprocessor")) {
      findings.dispatch.check();
      if (text !== `No registered coprocessor with name '${request.name}'`) {
        convict("dispatch", "which names another");
      } else if (!reasons.includes(rejections.unknownName)) {
        convict("dispatch", "which no store said");
      }
    } else if (isOfVersion(text)) {
      findings.version.check();
      const texts = catalog
        .ofName(request.name)
        .map((fact) => catalog.decideVersion(fact, request.versionReq).text);
      if (!texts.includes(text)) convict("version", `TiKV says: ${texts.join(" or ")}`);
    }
    this.#judgeRegionError(operation, text);
  }

  /** A client gives a region error to its caller only when it has given up. */
  #judgeRegionError({ id, returnUs }: CoprocessorOperation, text: string): void {
    const isLate = text.startsWith(outOfTime);
    const last = isLate ? text.slice(outOfTime.length) : text;
    if (!regionErrorTexts.some((one) => one.test(last))) return;
    const findings = this.#options.findings.errorFidelity;
    findings.check();
    const runs = this.#runs.get(id) ?? [];
    const refused = this.#rejections.get(id) ?? [];
    const isSaid =
      runs.some(({ answer }) => answer === coprocessorAnswers.regionError) ||
      refused.some(({ reason }) => reason === rejections.regionError);
    if (!isSaid) {
      const message = `request ${id} got the text of a region error, which no store sent: ${last}`;
      findings.convict(message, returnUs ?? 0);
    }
    const attempts = this.#options.records.sentCount(id);
    if (isLate || attempts >= attemptsBeforeGivingUp) return;
    const message = `request ${id} failed after ${attempts} attempts by a region error: ${last}`;
    findings.convict(message, returnUs ?? 0);
  }
}

function isOfVersion(text: string): boolean {
  return (
    text === "the given version requirement is invalid" ||
    text === "This requirement is deprecated" ||
    (text.startsWith("The plugin '") && text.includes("' does not satisfy the version constraint"))
  );
}

function addTo<Item>(map: Map<number, Item[]>, key: number, item: Item): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}
