/**
 * Progress after healing: with the network whole, disks honest and a quorum up, every operation
 * ends, new ones succeed, and the replicas come together. Judged only where faults stay inside what
 * the protocol assumes.
 */
import { eventKinds } from "../../nodes/events.ts";
import type { JudgeFactory, RunEnd } from "../judge.ts";
import { judgeOf } from "./verdicts.ts";

const parts = {
  property: "progress after healing",
  sentence: "once faults end, operations succeed and replicas agree",
} as const;

/** Time after healing that elections, catching up and clients' back-off may take, microseconds. */
const graceUs = 4_000_000;
/** An operation that began so shortly before the end may still be under way. */
const tailUs = 4_500_000;

export const progressJudge: JudgeFactory = ({ healUs, endUs, unrestricted }) =>
  judgeOf(parts, (findings) => ({
    event: (kind) => {
      if (kind === eventKinds.clientFinished) findings.check();
    },
    finish: ({ history }: RunEnd) => {
      if (unrestricted) return;
      for (const { id, callUs, returnUs, outcome } of history) {
        if (returnUs === null && callUs < endUs - tailUs) {
          findings.convict(`operation ${id} of ${callUs} us never ended`, endUs);
        }
        const failed = outcome !== null && outcome.kind !== "ok";
        if (failed && callUs >= healUs + graceUs && !isBusinessError(outcome.text)) {
          const after = ((callUs - healUs) / 1e6).toFixed(1);
          findings.convict(
            `operation ${id}, called ${after} s after healing, failed: ${outcome.text}`,
            returnUs ?? endUs,
          );
        }
      }
    },
  }));

/** Refusals that are the right answer to what was asked. */
function isBusinessError(text: string): boolean {
  return (
    text.startsWith("No registered coprocessor") ||
    text.startsWith("The plugin '") ||
    text.startsWith("the given version requirement") ||
    text.startsWith("This requirement is deprecated") ||
    text.startsWith("Coprocessor plugin is disabled") ||
    text.startsWith("Key [") ||
    text.startsWith("unknown error")
  );
}
