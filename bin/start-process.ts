/**
 * What `npm start` shows: a suite of fault scenarios that passes, then a planted bug, found,
 * shrunk, and offered as one command to replay it.
 */
import { failureBlock } from "../reports/index.ts";
import { propertySentence } from "../scenarios/index.ts";
import { findMutant } from "../scenarios/zoo/index.ts";
import { keepWorldsYoung } from "./collector.ts";
import { commands } from "./commands.ts";
import { exitCodes } from "./exit.ts";
import { runProgram } from "./program.ts";
import { createScreen } from "./screen.ts";
import { takeTerminal } from "./terminal.ts";
import { huntMutant } from "./zoo.ts";

/** The bug of the story: a leader that is cut off serves stale values, as Consul once did. */
const planted = "raft-read-without-quorum";

keepWorldsYoung();
const terminal = takeTerminal();
const { print, say, painter } = createScreen(terminal.stdout, { ...terminal, finish: () => {} });

print(painter.strong("1. A cluster of three stores that run a wasm plugin, under faults"));
print(painter.dim("$ coprsim run smoke --seeds 20"));
const passed = await runProgram(commands, ["run", "smoke", "--seeds", "20"], terminal);
process.exitCode = passed;
if (passed === exitCodes.pass) process.exitCode = await showPlanted();

async function showPlanted(): Promise<number> {
  const mutant = findMutant(planted);
  print("");
  print(painter.strong("2. The same cluster with a historical bug planted"));
  say(`${mutant.id}: ${mutant.about} (${mutant.source})`, { hang: 2 });
  const stops = terminal.listenForInterrupt();
  const { score, repro, file } = await huntMutant(mutant, {
    seeds: 200,
    master: "1",
    strategy: "portfolio",
    stops: () => stops.requested,
  });
  if (repro === null || file === null) {
    print(painter.bad("the bug was not found"));
    return exitCodes.fail;
  }
  const { property } = repro.violation;
  const told = {
    scenario: repro.plan.scenario,
    sentence: propertySentence(property),
    repro,
    attribution: null,
    file,
    failedSeeds: 1,
    seeds: score.seeds,
  };
  print(`\n${failureBlock(told, painter)}`);
  print("");
  print(
    "Replay it (exit code 1: it reproduces; 0 with --mutant none: the real code has it fixed):",
  );
  print(painter.name(`npx coprsim replay ${file}`));
  return exitCodes.pass;
}
