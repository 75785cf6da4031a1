/** The rounds of `coprsim bench`, and how long they may wait for a calm machine. */
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { type Clocks, type Lap, Pace, type Rounds, rounds } from "../scenarios/bench/index.ts";

/** How many rounds there are, and how patient they are. */
export type RoundSizes = {
  readonly rounds: number;
  /** A round is run in so many pieces: the shorter one is, the likelier it is undisturbed. */
  readonly pieces: number;
  /** So long may one figure wait for a calm machine, and repeat what was disturbed. */
  readonly patienceMs: number;
  /** After this time of the whole measurement nothing waits any more. */
  readonly patienceUntilMs: number;
};

const pauseMs = 100;

/** Runs rounds, and what a neighbour disturbed again. */
export class CalmRounds {
  readonly #sizes: RoundSizes;
  readonly #wallMs: () => number;
  readonly #interrupted: () => boolean;
  readonly #pace: Pace;
  readonly #endsMs: number;

  /** `interrupted`: an end was asked for, nothing waits any more. */
  constructor(sizes: RoundSizes, { wallMs }: Clocks, interrupted: () => boolean) {
    this.#sizes = sizes;
    this.#wallMs = wallMs;
    this.#interrupted = interrupted;
    this.#pace = new Pace(wallMs);
    this.#endsMs = wallMs() + sizes.patienceUntilMs;
  }

  /** Rounds that are put together of pieces; each of these is run again where it was disturbed. */
  async inPieces<Piece extends { readonly lap: Lap }>(
    run: (number: number) => Piece | Promise<Piece>,
    together: (pieces: readonly Piece[]) => Piece,
  ): Promise<Rounds<Piece>> {
    const { rounds: count, pieces } = this.#sizes;
    const { kept, ...busy } = await this.#undisturbed(count * pieces, run);
    const group = (at: number) => kept.slice(at * pieces, (at + 1) * pieces);
    return { ...busy, kept: Array.from({ length: count }, (_, at) => together(group(at))) };
  }

  /** The same for what has no pieces. */
  whole<Round extends { readonly lap: Lap }>(
    run: (number: number) => Round | Promise<Round>,
  ): Promise<Rounds<Round>> {
    return this.#undisturbed(this.#sizes.rounds, run);
  }

  #undisturbed<Round extends { readonly lap: Lap }>(
    count: number,
    run: (number: number) => Round | Promise<Round>,
  ): Promise<Rounds<Round>> {
    const endsMs = Math.min(this.#wallMs() + this.#sizes.patienceMs, this.#endsMs);
    const hasTime = () => this.#wallMs() < endsMs && !this.#interrupted();
    const ready = () => this.#calm(hasTime);
    return rounds({ count, pace: this.#pace, ready, hasTime }, run);
  }

  /** Waits until this machine is at its full pace, or there is no time left to. */
  async #calm(hasTime: () => boolean): Promise<void> {
    // Between two rounds: interrupts are heard and failed promises found.
    await turn();
    const pace = this.#pace;
    // After a pause it takes one to be awake.
    const isCalm = () => pace.isFull(Math.min(pace.measure(), pace.measure()));
    while (!isCalm() && hasTime()) await pause(pauseMs);
  }
}

/** All of them as one. */
export function sumOfLaps(all: readonly { readonly lap: Lap }[]): Lap {
  const sum = (of: (lap: Lap) => number) => all.reduce((so, { lap }) => so + of(lap), 0);
  return { cpuMs: sum(({ cpuMs }) => cpuMs), wallMs: sum(({ wallMs }) => wallMs) };
}
