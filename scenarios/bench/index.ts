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
export { scales, threeReplicas } from "./scale.ts";
export { SeedsBench, type SeedsRound } from "./seeds.ts";
export {
  type Clocks,
  cpuShare,
  type Lap,
  median,
  type Rounds,
  rounds,
  timed,
} from "./stopwatch.ts";
