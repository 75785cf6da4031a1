/**
 * Draws the plan of a seed from a spec. Each concern draws from a stream of its own, so that one
 * fault more, or a longer value, changes no operation. Pure and quick: no library in the way.
 */
import { assert } from "../sim/assert.ts";
import { Randomness, type Stream } from "../sim/index.ts";
import { PlannedFaults } from "./faults/drawing.ts";
import { type Plan, type PlannedPlugin, planSchema, type Schedule } from "./plan.ts";
import type { PlanChoices, Strategy } from "./scenario.ts";
import { keyOf, type PluginPlacement, type Range, type Spec } from "./spec.ts";
import { drawDirectories } from "./workloads/directory-stories.ts";
import { drawOperations } from "./workloads/operations.ts";

/** What a seed of a portfolio uses, in turns by its number. */
const portfolio = ["swarm", "moments", "random", "pct", "all-on"] as const;

/** One seed in a hundred sends its messages as bytes: a codec's work on all would be too slow. */
const encodedSeeds = { every: 100, at: 7 } as const;

/** TiKV's own timing is slower; a run is longer, a workload thinner. */
const tikvTiming = { times: 10, rateDivisor: 5 } as const;

/** The plan of seed `seed`, the `number`th of its scenario. */
export function generate(spec: Spec, seed: string, number: number, choices: PlanChoices): Plan {
  assert(number >= 0 && spec.stores.length > 0, "a spec has stores, a seed a number");
  // Scenarios of one campaign share their seeds, and should not share their stories.
  const random = new Randomness({ seed: `${seed} ${spec.scenario}`, keepDraws: false });
  const strategy = strategyOf(choices.strategy, number);
  const shape = random.stream("plan/shape");
  const stores = shape.pick(spec.stores);
  const keys = draw(shape, spec.keys);
  const regions = Math.min(draw(shape, spec.regions), keys);
  const clients = draw(shape, spec.clients);
  const isSlow = choices.timing === "tikv";
  const times = isSlow ? tikvTiming.times : 1;
  const rate = draw(shape, spec.operationsPerSecond) / (isSlow ? tikvTiming.rateDivisor : 1);
  const [breakUs, healUs] = [spec.breakUs * times, spec.healUs * times];
  const plugins = place(spec.plugins, stores, random.stream("plan/plugins"));
  const cuts = cutsOf(regions, keys);
  const faults = new PlannedFaults(
    { stores, keys, cuts, breakUs, times, unrestricted: spec.unrestricted },
    random,
  ).draw(spec.faults, strategy);
  const files =
    spec.directories === null
      ? { pluginFiles: [], faults: [] }
      : drawDirectories(spec.directories, { stores, breakUs, plugins }, random);
  return {
    schema: planSchema,
    scenario: spec.scenario,
    fidelity: choices.fidelity,
    timing: choices.timing,
    schedule: scheduleOf(strategy, random.stream("plan/schedule")),
    unrestricted: spec.unrestricted,
    encodesMessages: number % encodedSeeds.every === encodedSeeds.at,
    clientsCheckVersions: spec.clientsCheckVersions,
    paired: spec.paired,
    stores,
    cuts,
    zones: zonesOf(stores, random.stream("plan/zones")),
    clients,
    breakUs,
    healUs,
    plugins,
    pluginFiles: files.pluginFiles,
    operations: drawOperations(
      spec,
      {
        fidelity: choices.fidelity,
        keys,
        clients,
        rate,
        breakUs,
        endUs: breakUs + healUs,
        firstUs: spec.firstUs,
        quietUs: spec.quietUs * times,
      },
      random,
    ),
    faults: [
      ...faults,
      ...files.faults.map((fault, at) => ({ id: faults.length + at + 1, ...fault })),
    ],
    failpoints: [],
  };
}

/** A number of a range, both ends included. */
export function draw(stream: Stream, { min, max }: Range): number {
  return stream.between(min, max);
}

function strategyOf(strategy: Strategy, number: number): Exclude<Strategy, "portfolio"> {
  if (strategy !== "portfolio") return strategy;
  return portfolio[number % portfolio.length] ?? "swarm";
}

function scheduleOf(strategy: Strategy, stream: Stream): Schedule {
  const changes = stream.between(1, 8);
  const isRandom = stream.chance(1, 2);
  if (strategy === "pct") return { kind: "pct", changes };
  return isRandom ? { kind: "random" } : { kind: "fifo" };
}

/** Regions of about equally many keys. */
function cutsOf(regions: number, keys: number): readonly string[] {
  const cuts: string[] = [];
  for (let at = 1; at < regions; at++) cuts.push(keyOf(Math.floor((keys * at) / regions)));
  return cuts;
}

/** Mostly one zone; now and then one for each store. */
function zonesOf(stores: number, stream: Stream): readonly string[] {
  if (!stream.chance(1, 4)) return [];
  return Array.from({ length: stores }, (_, at) => `zone${at + 1}`);
}

/** Who has which file. Each file draws as often as there are stores, whatever comes out. */
function place(
  placements: readonly PluginPlacement[],
  stores: number,
  stream: Stream,
): readonly PlannedPlugin[] {
  return placements.map(({ file, artefacts, stores: where }) => {
    const artefact = stream.pick(artefacts);
    const all = Array.from({ length: stores }, (_, at) => at + 1);
    const one = stream.pick(all);
    const drawn = all.filter((store) => stream.chance(1, 2) || store === one);
    const isWhole = where === "every" || drawn.length === 0;
    const some = drawn.length < stores ? drawn : drawn.filter((store) => store !== one);
    return { file, artefact, stores: isWhole ? all : some };
  });
}
