/** The pinned failures of the folder one stands in: `run` replays them before anything new. */
import type { PinnedReport } from "../reports/index.ts";
import { replayRepro } from "./replay-run.ts";
import { judgeAgain } from "./replay-verify.ts";
import { loadRepro, regressionsFolder, reprosIn } from "./repro-files.ts";
import type { Screen } from "./screen.ts";
import { findingIn } from "./verify-files.ts";

/** Replays them, a line each. */
export async function replayPinned({ print, painter }: Screen): Promise<readonly PinnedReport[]> {
  const files = reprosIn(regressionsFolder);
  if (files.length > 0) print(painter.strong("regressions"));
  const reports: PinnedReport[] = [];
  const line = (one: PinnedReport & { readonly property: string }): void => {
    const mark = one.fails ? painter.bad("✗") : painter.good("✓");
    print(`  ${mark} ${one.outcome.padEnd(10)}  ${one.property}  ${painter.dim(one.file)}`);
  };
  for (const file of files) {
    const finding = findingIn(file);
    if (finding !== null) {
      const { outcome, property } = await judgeAgain(file, finding.repro);
      const fails = outcome === "reproduces";
      reports.push({ file, outcome, fails });
      line({ fails, outcome, property, file });
      continue;
    }
    const { repro } = loadRepro(file);
    const { outcome } = await replayRepro(repro, { mutant: repro.mutant, keepTrace: false });
    // A planted bug that is found again is the mutant at work, no failure of this code.
    const fails = outcome === "reproduces" && repro.mutant === null;
    reports.push({ file, outcome, fails });
    line({ fails, outcome, property: repro.violation.property, file });
  }
  return reports;
}
