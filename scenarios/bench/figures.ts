/** The figures of `bench`, with the floors and aims of design.md section 9. */

/** One figure: its key in `--json`, and what people read. */
export type FigureSpec = {
  readonly key: FigureKey;
  readonly title: string;
  /** Behind the number. */
  readonly unit: string;
  /** Which way is better. */
  readonly better: "more" | "less";
  /** Must hold; null: nothing was promised. */
  readonly floor: number | null;
  readonly aim: number | null;
};

const figureKeys = [
  "kernelEventsPerSecond64",
  "kernelEventsPerSecond1024",
  "eventsPerSecond",
  "simSecondsPerSecond",
  "seedsPerMinute",
  "raftSeedsPerMinute",
  "scaleRatio",
  "worldMegabytes",
  "rssMegabytes",
  "startupSeconds",
  "linearizabilityOpsPerSecond",
  "isolationTxnsPerSecond",
  "judgingShare",
  "unsetFailpointNanoseconds",
] as const;
/** The keys of `figures` in the JSON report. */
export type FigureKey = (typeof figureKeys)[number];

/** What is measured, by key; a figure that could not be measured is left out. */
export type Figures = Partial<Record<FigureKey, number>>;

/** All figures in the order of the report. */
export const figureSpecs: readonly FigureSpec[] = [
  more("kernelEventsPerSecond64", "kernel, 64 events pending", "events/s", [6e6, 12e6]),
  more("kernelEventsPerSecond1024", "kernel, 1,024 events pending", "events/s", [4e6, 8e6]),
  more("eventsPerSecond", "workload W", "events/s", [500_000, 1_500_000]),
  more("simSecondsPerSecond", "workload W", "simulated s/s", [500, 1500]),
  more("seedsPerMinute", "workload W", "seeds/min", [2000, 6000]),
  more("raftSeedsPerMinute", "Raft core with a counter", "seeds/min", [10_000, 20_000]),
  less("scaleRatio", "an event of 30 stores, 100 regions against 3, 8", "x", [1.6, 1.3]),
  less("worldMegabytes", "live memory of one world of W", "MB", [5, 1]),
  less("rssMegabytes", "this process's memory at most, after W", "MB", [300, 200]),
  less("startupSeconds", "start-up: coprsim --help", "s", [0.4, 0.15]),
  more("linearizabilityOpsPerSecond", "judging linearizability", "operations/s", [null, null]),
  more("isolationTxnsPerSecond", "judging isolation", "transactions/s", [100_000, 200_000]),
  less("judgingShare", "judges' share of a seed of W", "of the time", [null, null]),
  less("unsetFailpointNanoseconds", "passing an unset failpoint", "ns", [null, null]),
];

/** How a value stands: above its aim, between floor and aim, or below the floor. */
export type Standing = "aim" | "floor" | "miss" | "unjudged";

/** Compares a value with its floor and its aim. */
export function standingOf({ better, floor, aim }: FigureSpec, value: number): Standing {
  const reaches = (bound: number): boolean => (better === "more" ? value >= bound : value <= bound);
  if (aim !== null && reaches(aim)) return "aim";
  if (floor === null) return "unjudged";
  return reaches(floor) ? "floor" : "miss";
}

type Bounds = readonly [floor: number | null, aim: number | null];

function more(key: FigureKey, title: string, unit: string, [floor, aim]: Bounds): FigureSpec {
  return { key, title, unit, better: "more", floor, aim };
}

function less(key: FigureKey, title: string, unit: string, [floor, aim]: Bounds): FigureSpec {
  return { key, title, unit, better: "less", floor, aim };
}
