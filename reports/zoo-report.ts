/** What `zoo` has to say: one row a mutant, both scores, and who survived. */
import type { MutantScore } from "../scenarios/zoo/index.ts";
import { counted, type Painter, secondsText, table } from "./console.ts";
import type { JunitReport } from "./junit.ts";

/** A mutant's result, with the repro file of its kill where one was written. */
export type ToldScore = { readonly score: MutantScore; readonly file: string | null };

export type ZooReport = {
  readonly scores: readonly ToldScore[];
  /** Mutants that were not tried: time ran out or it was interrupted. */
  readonly untried: readonly string[];
  readonly elapsedMs: number;
};

/** The table of all mutants. */
export function zooTable({ scores }: ZooReport, painter: Painter, width: number): string {
  return table({
    columns: [
      { title: "mutant", align: "left" },
      { title: "", align: "left" },
      { title: "seeds", align: "right" },
      { title: "time", align: "right" },
      { title: "reached", align: "right" },
      { title: "infected", align: "right" },
      { title: "convicted by (without assertions)", align: "left" },
    ],
    rows: scores.map(({ score }) => rowOf(score, painter)),
    width,
    painter,
  });
}

function rowOf(score: MutantScore, painter: Painter): readonly string[] {
  const { by, byWithoutAssertions: bare } = score;
  const other = bare === by ? "" : ` (${bare ?? "survives"})`;
  return [
    score.id,
    score.killed ? painter.good("✓") : painter.bad("✗"),
    String(score.seeds),
    secondsText(score.seconds),
    String(score.reached),
    String(score.infected),
    `${by ?? painter.bad(survivorText(score))}${other}`,
  ];
}

/** Not reached is a gap of the scenarios; infected but not convicted is one of the judges. */
function survivorText({ reached, infected }: MutantScore): string {
  if (reached === 0) return "survives: never reached";
  return infected === 0
    ? "survives: reached, changed nothing"
    : "survives: infected, not convicted";
}

/** The last line: both scores. */
export function zooVerdict({ scores, untried, elapsedMs }: ZooReport, painter: Painter): string {
  const all = scores.length + untried.length;
  const killed = scores.filter(({ score }) => score.killed).length;
  const bare = scores.filter(({ score }) => score.killedWithoutAssertions).length;
  const text =
    `${killed} of ${counted(all, "mutant")} killed, ` +
    `${bare} with assertions compiled out, ${secondsText(elapsedMs / 1000)}`;
  if (untried.length > 0) return `${painter.warn("inconclusive")}: ${text}`;
  return killed === all ? `${painter.good("pass")}: ${text}` : `${painter.bad("fail")}: ${text}`;
}

/** The body of the JSON report; described in SCHEMA.md. */
export function zooBody(report: ZooReport): Readonly<Record<string, unknown>> {
  return {
    seconds: report.elapsedMs / 1000,
    killed: report.scores.filter(({ score }) => score.killed).length,
    killedWithoutAssertions: report.scores.filter(({ score }) => score.killedWithoutAssertions)
      .length,
    mutants: report.scores.map(({ score: { failure: _, ...score }, file }) => ({ ...score, file })),
    untried: report.untried,
  };
}

/** One JUnit case a mutant. */
export function zooJunit({ scores }: ZooReport): JunitReport {
  const cases = scores.map(({ score, file }) => ({
    name: score.id,
    seconds: score.seconds,
    outcome: score.killed ? ("passed" as const) : ("failed" as const),
    message: score.by ?? survivorText(score),
    details: file === null ? "" : `coprsim replay ${file}`,
  }));
  return { suites: [{ name: "zoo", cases }] };
}
