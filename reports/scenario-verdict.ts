/** One scenario over many seeds, judged for somebody else's test: passed, or the smallest story. */
import { basename } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import {
  type Failure,
  type Plan,
  type PlanChoices,
  PreparedEnvironment,
  propertySentence,
  type Repro,
  runCampaign,
  type Scenario,
  type ScenarioReport,
  type System,
  storyOf,
} from "../scenarios/index.ts";
import { assert } from "../sim/assert.ts";
import { counted, wrap } from "./console.ts";
import { printable } from "./printable.ts";

export type ScenarioQuestion = {
  /** A plugin file that every store has beside the scenario's own, or null. */
  readonly artefact: string | null;
  readonly scenario: Scenario;
  /** The build to run; the real one unless said. */
  readonly system?: System;
  readonly seeds: number;
  readonly seed?: string;
} & Partial<PlanChoices>;

/** `text` says why not; or, where it passed, that it did. */
export type ScenarioVerdict = { readonly pass: boolean; readonly text: string };

/** Time for the smallest story. */
const shrinkMs = 10_000;

/** Runs the seeds; the first failure is shrunk and told. A missed gate is no pass. */
export async function judgeScenario(question: ScenarioQuestion): Promise<ScenarioVerdict> {
  const { artefact, scenario, system = null, seeds, seed = "1" } = question;
  const { fidelity = "tikv", timing = "fast", strategy = "portfolio" } = question;
  const prepared = new PreparedEnvironment({ system, onFailure: broken });
  const [report] = await runCampaign({
    prepared,
    scenarios: [artefact === null ? scenario : withPlugin(scenario, artefact)],
    seeds,
    firstSeed: 0,
    master: seed,
    choices: { fidelity, timing, strategy },
    clockMs: () => performance.now(),
    turn,
    stops: () => false,
    progress: () => {},
  });
  assert(report !== undefined, "one scenario has one report");
  const [failure] = report.failures;
  if (failure === undefined) return withoutFailure(report);
  await prepared.prepareFor(failure.plan);
  return { pass: false, text: told(failure, shrunk(failure, prepared)) };
}

function withPlugin(scenario: Scenario, artefact: string): Scenario {
  const plan = (seed: string, number: number, choices: PlanChoices): Plan => {
    const drawn = scenario.plan(seed, number, choices);
    const stores = Array.from({ length: drawn.stores }, (_, at) => at + 1);
    const plugin = { file: basename(artefact), artefact, stores };
    return { ...drawn, plugins: [...drawn.plugins, plugin] };
  };
  return { ...scenario, plan };
}

function withoutFailure({ scenario, seeds, missedGates }: ScenarioReport): ScenarioVerdict {
  const about = `${scenario.name}, ${counted(seeds, "seed")}`;
  if (missedGates.length === 0) return { pass: true, text: `expected ${about}, not to pass` };
  const missed = missedGates.map(({ gate, sentence }) => `${sentence} [${gate}]`).join("; ");
  return { pass: false, text: `inconclusive: in ${about}, it never happened that ${missed}` };
}

function shrunk(failure: Failure, { environment }: PreparedEnvironment): Repro {
  const startedMs = performance.now();
  const expired = (): boolean => performance.now() - startedMs > shrinkMs;
  return storyOf({ environment, failure, mutant: null, toolVersion: "", expired });
}

function told({ scenario, seed }: Failure, { violation, plan }: Repro): string {
  const line = (text: string, indent: number): string =>
    wrap(printable(text), { columns: 100, indent, hang: indent + 2 });
  const faults = plan.faults.map(({ breakage, trigger, store, forUs }) => {
    const when = trigger.kind === "at" ? `at ${msOf(trigger.us)}` : `at moment ${trigger.moment}`;
    return line(`${when}: ${spaced(breakage)} store ${store} for ${msOf(forUs)}`, 2);
  });
  const operations = plan.operations.map(({ atUs, client, request }) =>
    line(`at ${msOf(atUs)}: client ${client} ${spaced(request)}`, 2),
  );
  const rows = [...faults, ...operations];
  const more = rows.length > rowsMax ? [`  and ${rows.length - rowsMax} more`] : [];
  return [
    line(`${scenario}, seed ${seed}: "${propertySentence(violation.property)}" does not hold`, 0),
    line(violation.message, 2),
    ...violation.details.map((text) => line(text, 4)),
    `the smallest story found (${counted(plan.stores, "store")}):`,
    ...rows.slice(0, rowsMax),
    ...more,
  ].join("\n");
}

/** Lines of a story at most. */
const rowsMax = 20;

/** JSON with places to break a line at. */
const spaced = (value: unknown): string => JSON.stringify(value).replaceAll(',"', ', "');

const msOf = (us: number): string => `${(us / 1000).toFixed(1)} ms`;

function broken(error: unknown): never {
  throw error;
}
