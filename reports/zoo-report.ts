/** What `zoo` has to say: one row a mutant or bad twin, the scores, and who survived. */
import type { PlanSize } from "../scenarios/index.ts";
import type { MutantScore, TwinScore } from "../scenarios/zoo/index.ts";
import { counted, type Painter, secondsText, table } from "./console.ts";
import type { JunitReport } from "./junit.ts";

/** How small a kill's story became. */
export type ToldStory = {
  /** As found. */
  readonly original: PlanSize;
  readonly shrunk: PlanSize;
  /** Wall time of the shrinking. */
  readonly seconds: number;
};

/** A mutant's result, with the repro file of its kill where one was written. */
export type ToldScore = {
  readonly score: MutantScore;
  readonly file: string | null;
  readonly story: ToldStory | null;
};

/** A bad twin's result, with the repro file of its kill. */
export type ToldTwin = {
  readonly score: TwinScore;
  readonly file: string | null;
};

export type ZooReport = {
  readonly scores: readonly ToldScore[];
  readonly twins: readonly ToldTwin[];
  /** Mutants and twins that were not tried: time ran out or it was interrupted. */
  readonly untried: readonly string[];
  readonly elapsedMs: number;
};

/** The table of all mutants and bad twins. */
export function zooTable({ scores, twins }: ZooReport, painter: Painter, width: number): string {
  return table({
    columns: [
      { title: twins.length === 0 ? "mutant" : "mutant or bad twin", align: "left" },
      { title: "", align: "left" },
      { title: "seeds", align: "right" },
      { title: "time", align: "right" },
      { title: "reached", align: "right" },
      { title: "infected", align: "right" },
      { title: "convicted by", align: "left" },
    ],
    rows: [
      ...scores.map(({ score }) => rowOf(score, painter)),
      ...twins.map(({ score }) => twinRow(score, painter)),
    ],
    width,
    painter,
  });
}

function rowOf(score: MutantScore, painter: Painter): readonly string[] {
  const { by, byWithoutAssertions: bare } = score;
  const other = bare === by || by === null ? "" : `; ${bare ?? "nobody"} without assertions`;
  return [
    score.id,
    score.killed ? painter.good("✓") : painter.bad("✗"),
    String(score.seeds),
    secondsText(score.seconds),
    compact(score.reached),
    compact(score.infected),
    `${by ?? painter.bad(survivorText(score))}${other}`,
  ];
}

/** Its seeds are the cases that its check judged; nothing is planted that could be reached. */
function twinRow(score: TwinScore, painter: Painter): readonly string[] {
  const { id, check, killed, cases, seconds } = score;
  const mark = killed ? painter.good("✓") : painter.bad("✗");
  const by = killed ? check : painter.bad(twinSurvivorText(score));
  return [id, mark, String(cases), secondsText(seconds), "", "", by];
}

function twinSurvivorText({ check, outcome, reason }: TwinScore): string {
  return `survives: ${check} ${outcome}${reason === "" ? "" : `: ${reason}`}`;
}

/** Three digits and a letter: 39730 is `39k`. */
function compact(count: number): string {
  if (count < 1000) return String(count);
  return count < 1_000_000 ? `${Math.floor(count / 1000)}k` : `${Math.floor(count / 1e6)}M`;
}

/** What shrinking is for: stories that a person reads to their end, and not after a coffee. */
const aims = { faults: 5, operations: 10, seconds: 30 } as const;

/** How small the stories became: medians over all kills, the slowest shrinking, and the aim. */
export function shrinkLine(report: ZooReport): string | null {
  const shrinking = shrinkingBody(report);
  if (shrinking === null) return null;
  const { medianOriginal, medianShrunk, slowestSeconds, withinAims } = shrinking;
  const sizeText = ({ faults, operations }: PlanSize) =>
    `${counted(faults, "fault")} and ${counted(operations, "operation")}`;
  return (
    `the median story shrank from ${sizeText(medianOriginal)} to ${sizeText(medianShrunk)}, ` +
    `the slowest in ${secondsText(slowestSeconds)} (aim: ${sizeText(aims)}, each within ` +
    `${secondsText(aims.seconds)}: ${withinAims ? "reached" : "missed"})`
  );
}

function medianSize(sizes: readonly PlanSize[]): PlanSize {
  return {
    faults: median(sizes.map(({ faults }) => faults)),
    operations: median(sizes.map(({ operations }) => operations)),
  };
}

/** The upper one of two middle values: a median that was really there. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Not reached is a gap of the scenarios; infected but not convicted is one of the judges. */
function survivorText({ reached, infected }: MutantScore): string {
  if (reached === 0) return "survives: never reached";
  return infected === 0
    ? "survives: reached, changed nothing"
    : "survives: infected, not convicted";
}

/** The last line: all scores. */
export function zooVerdict(
  { scores, twins, untried, elapsedMs }: ZooReport,
  painter: Painter,
): string {
  const killed = scores.filter(({ score }) => score.killed).length;
  const bare = scores.filter(({ score }) => score.killedWithoutAssertions).length;
  const caught = twins.filter(({ score }) => score.killed).length;
  const parts: string[] = [];
  if (scores.length > 0) {
    const all = counted(scores.length, "mutant");
    parts.push(`${killed} of ${all} killed, ${bare} with assertions compiled out`);
  }
  if (twins.length > 0) parts.push(`${caught} of ${counted(twins.length, "bad twin")} caught`);
  if (untried.length > 0) parts.push(`${untried.length} not tried`);
  const text = [...parts, secondsText(elapsedMs / 1000)].join(", ");
  if (killed < scores.length || caught < twins.length) return `${painter.bad("fail")}: ${text}`;
  return untried.length > 0
    ? `${painter.warn("inconclusive")}: ${text}`
    : `${painter.good("pass")}: ${text}`;
}

/** The body of the JSON report; described in SCHEMA.md. */
export function zooBody(report: ZooReport): Readonly<Record<string, unknown>> {
  const { scores, twins, untried, elapsedMs } = report;
  return {
    seconds: elapsedMs / 1000,
    killed: scores.filter(({ score }) => score.killed).length,
    killedWithoutAssertions: scores.filter(({ score }) => score.killedWithoutAssertions).length,
    killedTwins: twins.filter(({ score }) => score.killed).length,
    shrinking: shrinkingBody(report),
    mutants: scores.map(({ score: { failure: _, ...score }, file, story }) => ({
      ...score,
      file,
      story,
    })),
    twins: twins.map(({ score: { finding, ...score }, file }) => ({
      ...score,
      original: finding?.original ?? null,
      shrunk: finding?.shrunk ?? null,
      file,
    })),
    untried,
  };
}

type Shrinking = {
  readonly medianOriginal: PlanSize;
  readonly medianShrunk: PlanSize;
  readonly slowestSeconds: number;
  readonly withinAims: boolean;
};

function shrinkingBody({ scores }: ZooReport): Shrinking | null {
  const stories = scores.flatMap(({ story }) => (story === null ? [] : [story]));
  if (stories.length === 0) return null;
  const medianShrunk = medianSize(stories.map(({ shrunk }) => shrunk));
  const slowestSeconds = Math.max(...stories.map(({ seconds }) => seconds));
  const { faults, operations } = medianShrunk;
  const isSmall = faults <= aims.faults && operations <= aims.operations;
  return {
    medianOriginal: medianSize(stories.map(({ original }) => original)),
    medianShrunk,
    slowestSeconds,
    withinAims: isSmall && slowestSeconds <= aims.seconds,
  };
}

/** One JUnit case a mutant or bad twin. */
export function zooJunit({ scores, twins }: ZooReport): JunitReport {
  const mutantCases = scores.map(({ score, file }) => ({
    name: score.id,
    seconds: score.seconds,
    outcome: score.killed ? ("passed" as const) : ("failed" as const),
    message: score.by ?? survivorText(score),
    details: file === null ? "" : `coprsim replay ${file}`,
  }));
  const twinCases = twins.map(({ score, file }) => ({
    name: score.id,
    seconds: score.seconds,
    outcome: score.killed ? ("passed" as const) : ("failed" as const),
    message: score.killed ? score.check : twinSurvivorText(score),
    details: file === null ? "" : `coprsim replay ${file}`,
  }));
  return { suites: [{ name: "zoo", cases: [...mutantCases, ...twinCases] }] };
}
