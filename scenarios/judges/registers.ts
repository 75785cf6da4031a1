/**
 * Linearizability per key, over the history alone: puts, deletes, batches, ranges and swaps write a
 * key's register; gets, batch gets, scans and what probes read for clients read it. An `error` had
 * no effect and is left out; an `unknown` write takes effect at any time after its call, or never.
 */
import type { JudgeFactory, RunEnd } from "../judge.ts";
import { PluginWrites } from "./history-keys.ts";
import { RegisterJudge } from "./linearizability/index.ts";
import { accessesByKey, contradiction } from "./register-accesses.ts";
import { registerStory, searchRegister } from "./register-story.ts";
import { judgeOf } from "./verdicts.ts";

const parts = {
  property: "linearizability",
  sentence: "each key behaves like one register that operations access one at a time",
} as const;

/** Enough for keys on which few operations meet; the others get the search that counts demands. */
const stepsMax = 4_000;

export const linearizabilityJudge: JudgeFactory = () =>
  judgeOf(parts, (findings) => {
    const plugins = new PluginWrites();
    const finish = ({ history }: RunEnd): void => {
      for (const operation of history) {
        const what = contradiction(operation);
        if (what !== null) findings.convict(what, operation.returnUs ?? operation.callUs);
      }
      const judge = new RegisterJudge({ stepsMax });
      for (const [key, accesses] of accessesByKey(history, plugins.of(history))) {
        for (const access of accesses) judge.add(access);
        const first = judge.judge({ initial: 0 });
        const verdict = first === "undecided" ? searchRegister(key, accesses) : first;
        if (verdict === "undecided") continue;
        findings.check();
        if (verdict === "linearizable") continue;
        const { message, atUs, details } = registerStory(key, accesses);
        findings.convict(message, atUs, details);
        return; // One story is enough, and each takes its time.
      }
    };
    const { kinds } = plugins;
    return { kinds, event: (kind, _process, a, _b, c) => plugins.event(kind, a, c), finish };
  });
