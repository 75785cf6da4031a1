/** The judges of what clients saw; they share one reading of the history. */
import type { JudgeFactory } from "../judge.ts";
import { HistoryReading } from "./history-reading.ts";
import { honestyJudge } from "./honesty.ts";
import { linearizabilityJudge } from "./registers.ts";
import { scanJudge } from "./scans.ts";

export const historyJudges: JudgeFactory = (facts) => {
  const reading = new HistoryReading();
  return [
    linearizabilityJudge(facts, reading),
    honestyJudge(facts, reading),
    scanJudge(facts, reading),
  ];
};
