/** What a command has to say, as text for people, JSON and JUnit XML. Pure functions. */

export {
  type BenchMachine,
  type BenchReport,
  benchBody,
  benchHeading,
  benchJunit,
  benchMachine,
  benchRow,
  benchVerdict,
  benchWorkload,
  type ToldFigure,
} from "./bench-report.ts";
export {
  type Column,
  columnsMax,
  counted,
  createPainter,
  grouped,
  type Painter,
  type PainterOptions,
  secondsText,
  type TableOptions,
  table,
  visibleWidth,
  type WrapOptions,
  wrap,
} from "./console.ts";
export { type CostReport, costBlock, costOutcome } from "./cost-report.ts";
export { jsonReport, type Outcome, type ReportHead, schemaVersion } from "./json.ts";
export { type JunitCase, type JunitReport, type JunitSuite, junitReport } from "./junit.ts";
export { printable } from "./printable.ts";
export {
  failureBlock,
  type PinnedReport,
  type RunReport,
  runBody,
  runJunit,
  runOutcome,
  scenarioLine,
  type ToldFailure,
  type TwinReport,
  verdictLine,
} from "./run-report.ts";
export {
  checkLine,
  findingBlock,
  type HostLimitations,
  type LevelReport,
  levelLine,
  matrixTable,
  type ToldFinding,
  targetLines,
  unloadableBlock,
  type VerifyReport,
  type VerifyTarget,
  verifyBody,
  verifyJunit,
  verifyOutcome,
  verifyVerdict,
} from "./verify-report.ts";
export {
  shrinkLine,
  type ToldScore,
  type ToldStory,
  type ToldTwin,
  type ZooReport,
  zooBody,
  zooJunit,
  zooTable,
  zooVerdict,
} from "./zoo-report.ts";
