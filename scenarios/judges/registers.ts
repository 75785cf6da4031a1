/**
 * Linearizability per key, over the history alone: puts, deletes, batches, ranges and swaps write a
 * key's register; gets, batch gets, scans and what probes read for clients read it. An `error` had
 * no effect and is left out; an `unknown` write takes effect at any time after its call, or never.
 */
import type { History } from "../history.ts";
import type { Judge, RunFacts } from "../judge.ts";
import { HistoryReading } from "./history-reading.ts";
import { RegisterJudge } from "./linearizability/index.ts";
import { contradiction } from "./register-accesses.ts";
import { registerStory, searchRegister } from "./register-story.ts";
import { type Findings, judgeOf } from "./verdicts.ts";

const parts = {
  property: "linearizability",
  sentence: "each key behaves like one register that operations access one at a time",
} as const;

/** Enough for keys on which few operations meet; the others get the search that counts demands. */
const stepsMax = 4_000;

export const linearizabilityJudge = (
  _facts: RunFacts,
  reading: HistoryReading = new HistoryReading(),
): Judge =>
  judgeOf(parts, (findings) => ({
    ...reading.ears(),
    finish: ({ history }) => judgeRegisters(findings, reading, history),
  }));

function judgeRegisters(findings: Findings, reading: HistoryReading, history: History): void {
  for (const operation of history) {
    const what = contradiction(operation);
    if (what !== null) findings.convict(what, operation.returnUs ?? operation.callUs);
  }
  const judge = new RegisterJudge({ stepsMax });
  const registers = reading.registers(history);
  for (const register of registers.byKey.values()) {
    if (registers.give(register, judge) === 0) continue;
    const { key } = register;
    const quick = judge.judge({ initial: 0 });
    const verdict = quick === "undecided" ? searchRegister(key, registers.told(register)) : quick;
    if (verdict === "undecided") continue;
    findings.check();
    if (verdict === "linearizable") continue;
    const { message, atUs, details } = registerStory(key, registers.told(register));
    findings.convict(message, atUs, details);
    return; // One story is enough, and each takes its time.
  }
}
