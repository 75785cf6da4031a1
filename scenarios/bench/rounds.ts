/** Measuring in rounds, each on a machine that does nothing else. */
import type { Pace } from "./pace.ts";
import { cpuShare, type Lap } from "./stopwatch.ts";

/** The rounds, one of each number, and how often the machine was busy with other things. */
export type Rounds<Round> = {
  readonly kept: readonly Round[];
  /** So many times a round was disturbed, and run again if there was time. */
  readonly busy: number;
  /** So many of those that were kept were disturbed. */
  readonly keptBusy: number;
};

/** What a processor share below this says: something else was running, too. */
export const cpuShareMin = 0.98;

/** When to measure, and how often. */
export type RoundsOptions = {
  readonly count: number;
  readonly pace: Pace;
  /** Called before each round: a moment to wait for a calm machine. */
  readonly ready: () => Promise<void>;
  /** Whether a round that was disturbed may be run again. */
  readonly hasTime: () => boolean;
};

type Attempt<Round> = { readonly round: Round; readonly paceMs: number };

/**
 * Runs the rounds 0 to `count` - 1, and each again until it had a processor and its full pace to
 * itself. When the time is over, a round's attempt at the best pace counts, so that a busy machine
 * gets figures at all. How long a round itself took chooses nothing, and none is left out.
 */
export async function rounds<Round extends { readonly lap: Lap }>(
  { count, pace, ready, hasTime }: RoundsOptions,
  run: (number: number) => Round | Promise<Round>,
): Promise<Rounds<Round>> {
  const attempts = Array.from({ length: count }, (): Attempt<Round>[] => []);
  // The fastest pace may be yet to come: what was calm before it is looked at again.
  const isCalm = ({ round, paceMs }: Attempt<Round>): boolean =>
    cpuShare(round.lap) >= cpuShareMin && pace.isFull(paceMs);
  for (;;) {
    const missing = attempts.filter((of) => of.length === 0 || (!of.some(isCalm) && hasTime()));
    const [least] = missing.sort((one, other) => one.length - other.length);
    if (least === undefined) break;
    await ready();
    const beforeMs = pace.measure();
    const round = await run(attempts.indexOf(least));
    least.push({ round, paceMs: Math.max(beforeMs, pace.measure()) });
  }
  const kept = attempts.map((of) => of.find(isCalm) ?? best(of));
  return {
    kept: kept.map(({ round }) => round),
    busy: attempts.flat().filter((each) => !isCalm(each)).length,
    keptBusy: kept.filter((each) => !isCalm(each)).length,
  };
}

function best<Round>(of: readonly Attempt<Round>[]): Attempt<Round> {
  return of.reduce((one, other) => (other.paceMs < one.paceMs ? other : one));
}
