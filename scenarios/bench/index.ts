/** What `coprsim bench` measures. The clocks are the caller's. */

export { scenarioW } from "../workloads/w.ts";
export { unsetFailpointNanoseconds } from "./failpoint-cost.ts";
export {
  type FigureKey,
  type FigureSpec,
  type Figures,
  figureSpecs,
  type Standing,
  standingOf,
} from "./figures.ts";
export {
  isolationHistory,
  judgeIsolation,
  judgeLinearizability,
  type ModelledHistory,
  ownHistories,
} from "./judged-histories.ts";
export { Pace } from "./pace.ts";
export { type Rounds, rounds } from "./rounds.ts";
export { scales, threeReplicas } from "./scale.ts";
export { SeedsBench, type SeedsRound, sumOfRounds } from "./seeds.ts";
export {
  type Clocks,
  cpuShare,
  type Lap,
  median,
  timed,
} from "./stopwatch.ts";
