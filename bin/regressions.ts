/** The pinned failures of the folder one stands in: `run` replays them before anything new. */
import type { PinnedReport } from "../reports/index.ts";
import { replayRepro } from "./replay-run.ts";
import { loadRepro, regressionsFolder, reprosIn } from "./repro-files.ts";
import type { Screen } from "./screen.ts";

/** Replays them, a line each. */
export async function replayPinned({ print, painter }: Screen): Promise<readonly PinnedReport[]> {
  const files = reprosIn(regressionsFolder);
  if (files.length > 0) print(painter.strong("regressions"));
  const reports: PinnedReport[] = [];
  for (const file of files) {
    const { repro } = loadRepro(file);
    const { outcome } = await replayRepro(repro, { mutant: repro.mutant, keepTrace: false });
    // A planted bug that is found again is the mutant at work, no failure of this code.
    const fails = outcome === "reproduces" && repro.mutant === null;
    reports.push({ file, outcome, fails });
    const mark = fails ? painter.bad("✗") : painter.good("✓");
    print(`  ${mark} ${outcome.padEnd(10)}  ${repro.violation.property}  ${painter.dim(file)}`);
  }
  return reports;
}
