/** No unplanned node stop: a store dies only where the plan, or a fault in it, says so. */
import type { JudgeFactory } from "../judge.ts";
import { judgeOf } from "./verdicts.ts";

const parts = {
  property: "no unplanned node stop",
  sentence: "a store stops only when the plan stops it",
} as const;

export const unplannedStopJudge: JudgeFactory = ({ stores }) =>
  judgeOf(parts, (findings) => ({
    finish: ({ stops }) => {
      findings.check(stores.length);
      for (const { store, reason, text, atUs, planned } of stops) {
        if (planned || store === 0) continue;
        findings.convict(`store ${store} stopped by ${reason}: ${text}`, atUs);
      }
    },
  }));
