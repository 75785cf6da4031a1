/**
 * The moving line of long work: done, rate, time left, failures so far. On a terminal only; pipes
 * and CI logs get nothing.
 */
import { counted, grouped, secondsText } from "../reports/index.ts";
import type { Surroundings } from "./frame.ts";

export type ProgressOptions = {
  /** What is counted, in the plural: "seeds". */
  readonly noun: string;
  /** How many there are, or null: only time ends it. */
  readonly total: number | null;
  /** The time budget in milliseconds, or null. */
  readonly limitMs: number | null;
};

export type ProgressState = {
  readonly done: number;
  readonly failures: number;
  /** Since the work began. */
  readonly elapsedMs: number;
};

export interface Progress {
  /** Cheap: draws at most ten times a second. */
  update(state: Pick<ProgressState, "done" | "failures">): void;
  /** Takes the line away. Whatever is printed must come after it. */
  stop(): void;
}

/** Starts the line on `frame.stderr`, or a silent one where it is no terminal or a CI machine's. */
export async function startProgress(
  options: ProgressOptions,
  frame: Surroundings,
): Promise<Progress> {
  if (!frame.stderr.isTerminal || frame.environment.ci) return silent;
  const { default: cliProgress } = await import("cli-progress");
  const began = performance.now();
  const bar = new cliProgress.SingleBar({
    format: "{bar} {text}",
    barsize: 20,
    barCompleteChar: "#",
    barIncompleteChar: ".",
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
    emptyOnZero: true,
  });
  const show = (state: ProgressState): void => {
    bar.update(shareDone(options, state) * 1000, { text: progressText(options, state) });
  };
  const first = { done: 0, failures: 0, elapsedMs: 0 };
  bar.start(1000, 0, { text: progressText(options, first) });
  return {
    update: (state) => show({ ...state, elapsedMs: performance.now() - began }),
    stop: () => bar.stop(),
  };
}

const silent: Progress = { update: () => {}, stop: () => {} };

/** How far the work is, from 0 to 1: by count or by time, whichever ends it first. */
export function shareDone({ total, limitMs }: ProgressOptions, state: ProgressState): number {
  const byCount = total === null || total === 0 ? 0 : state.done / total;
  const byTime = limitMs === null ? 0 : state.elapsedMs / limitMs;
  return Math.min(1, Math.max(byCount, byTime));
}

/** Such as `120/200 seeds  42/s  2 s left  1 failure`. At most 75 columns. */
export function progressText(options: ProgressOptions, state: ProgressState): string {
  const { noun, total } = options;
  const { done, failures, elapsedMs } = state;
  const parts = [`${grouped(done)}${total === null ? "" : `/${grouped(total)}`} ${noun}`];
  if (done > 0 && elapsedMs > 0) {
    const perSecond = (done * 1000) / elapsedMs;
    parts.push(
      perSecond < 10 ? `${perSecond.toFixed(1)}/s` : `${grouped(Math.round(perSecond))}/s`,
    );
  }
  const share = shareDone(options, state);
  if (share > 0) {
    parts.push(`${secondsText((elapsedMs / share - elapsedMs) / 1000)} left`);
  }
  parts.push(failures === 0 ? "no failure" : counted(failures, "failure"));
  return parts.join("  ");
}
