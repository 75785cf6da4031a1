/**
 * The mutation score of the verifier: with a bug in one of its checks, is a twin judged wrongly? A
 * bad one that goes free, or a good one of which nothing can be said any more, kills the mutant.
 */
import { judgesRight } from "../verify/twins/judgement.ts";
import { twinsOf } from "../verify/twins/twins.ts";
import { buildVerifier, type MutantVerifier } from "./build.ts";
import type { Mutant } from "./mutant.ts";
import type { MutantScore } from "./score.ts";

export type VerifierScoreOptions = {
  /** Of component "verify": its suites are checks. */
  readonly mutant: Mutant;
  readonly clockMs: () => number;
  readonly turn: () => Promise<void>;
  readonly stops: () => boolean;
  readonly onFailure: (error: unknown) => void;
};

type Hunt = { readonly by: string | null; readonly tried: number };

/** Tries the twins of the mutant's checks, with assertions and then without. */
export async function scoreVerifier(options: VerifierScoreOptions): Promise<MutantScore> {
  const { mutant, clockMs } = options;
  const startedMs = clockMs();
  const verifier = await buildVerifier(mutant, { assertions: true });
  const hunt = await huntDown(verifier, options);
  const counters = { ...verifier.counters };
  const seconds = (clockMs() - startedMs) / 1000;
  const bare = await huntDown(await buildVerifier(mutant, { assertions: false }), options);
  return {
    id: mutant.id,
    component: mutant.component,
    killed: hunt.by !== null,
    by: hunt.by,
    asExpected: hunt.by !== null && mutant.expected.includes(hunt.by),
    killedWithoutAssertions: bare.by !== null,
    byWithoutAssertions: bare.by,
    seeds: hunt.tried,
    seconds,
    reached: counters.reached,
    infected: counters.infected,
    failure: null,
  };
}

async function huntDown(verifier: MutantVerifier, options: VerifierScoreOptions): Promise<Hunt> {
  let tried = 0;
  for (const twin of options.mutant.suites.flatMap(twinsOf)) {
    if (options.stops()) break;
    tried++;
    if (!(await judgesRight(verifier, twin, options))) return { by: twin.check, tried };
  }
  return { by: null, tried };
}
