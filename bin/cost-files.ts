/** Cost snapshots of `verify`: read before long work begins, written and compared after it. */
import type { Command } from "commander";
import type { CostReport, VerifyTarget } from "../reports/index.ts";
import {
  type CheckReport,
  type CostSnapshot,
  checkComparable,
  compareCosts,
  costSnapshotSchema,
  formatCostSnapshot,
  type Measurement,
  parseCostSnapshot,
} from "../scenarios/verify/index.ts";
import { UserError } from "../sim/errors.ts";
import { checkOutput, readInput, writeOutput } from "./files.ts";
import type { Surroundings } from "./frame.ts";
import { fileName, percentage } from "./options.ts";
import { packageVersion } from "./package.ts";

export type CostOptions = {
  readonly snapshot?: string;
  readonly against?: string;
  /** A share. */
  readonly tolerance?: number;
};

/** Adds the three options. */
export function addCostOptions(command: Command): Command {
  return command
    .option("--snapshot <file>", "write the cost figures of C7", fileName)
    .option("--against <file>", "compare the cost figures with a snapshot", fileName)
    .option("--tolerance <share>", "how much dearer each may be, such as 5%", percentage);
}

/** The share that costs may rise by where nobody says otherwise. */
const defaultTolerance = 0.05;

/** What is to be done with the figures, once they are there. */
export type CostWork = {
  readonly snapshot: string | null;
  readonly against: { readonly file: string; readonly was: CostSnapshot } | null;
  readonly tolerance: number;
};

export type CostPlan = {
  /** C7 is among the checks, and there is a contract. */
  readonly runsCosts: boolean;
  readonly measurement: Measurement;
  readonly frame: Surroundings;
};

/** Reads the snapshot, and makes sure that figures will come. Throws `UserError`. */
export function prepareCosts(
  { snapshot, against, tolerance }: CostOptions,
  { runsCosts, measurement, frame }: CostPlan,
): CostWork {
  if (tolerance !== undefined && against === undefined) {
    throw refuse("--tolerance", "there is nothing to compare", "expected --against FILE beside it");
  }
  const option = snapshot === undefined ? "--against" : "--snapshot";
  if ((snapshot !== undefined || against !== undefined) && !runsCosts) {
    const hint =
      "cost figures are those of C7: it wants a contract, and no other --check or --level";
    throw refuse(option, "C7 does not run", hint);
  }
  if (snapshot !== undefined) checkOutput(snapshot, "--snapshot");
  const was = against === undefined ? null : readSnapshot(against, frame);
  if (was !== null && against !== undefined) checkComparable(was, measurement, against);
  return {
    snapshot: snapshot ?? null,
    against: was === null || against === undefined ? null : { file: against, was },
    tolerance: tolerance ?? defaultTolerance,
  };
}

function refuse(where: string, message: string, hint: string): UserError {
  return new UserError(message, { code: "usage", where, hint });
}

function readSnapshot(file: string, frame: Surroundings): CostSnapshot {
  return parseCostSnapshot(Buffer.from(readInput(file, frame)).toString("utf8"), file);
}

export type CostRun = {
  /** `--contract`, if it was given. */
  readonly contract?: string;
  readonly checks: readonly CheckReport[];
  readonly target: VerifyTarget;
  readonly seed: string;
  readonly seeds: number;
};

/** Compares, then writes; null: no comparison was asked for. Throws `UserError`. */
export function finishCosts(
  { snapshot, against, tolerance }: CostWork,
  run: CostRun,
  frame: Surroundings,
): CostReport | null {
  const is = snapshotOf(run);
  const compared =
    against === null
      ? null
      : {
          file: against.file,
          tolerance,
          drifts:
            is === null ? null : compareCosts(against.was, is, { tolerance, where: against.file }),
          accept: acceptCommand(against.file, run),
        };
  if (snapshot !== null && is !== null) writeOutput(snapshot, formatCostSnapshot(is), frame);
  return compared;
}

function acceptCommand(file: string, { target, contract, seed, seeds }: CostRun): string {
  const own = contract === undefined ? "" : ` --contract ${contract}`;
  const drawn = `--seeds ${seeds} --seed ${seed}`;
  return `coprsim verify ${target.artefact}${own} --check C7 ${drawn} --snapshot ${file}`;
}

function snapshotOf({ checks, target, seed, seeds }: CostRun): CostSnapshot | null {
  const figures = checks.find(({ id }) => id === "C7")?.costs ?? [];
  if (figures.length === 0) return null;
  const { name, version, hash, contract } = target;
  return {
    schema: costSnapshotSchema,
    kind: "cost-snapshot",
    tool: { name: "coprsim", version: packageVersion() },
    plugin: { name, version, hash },
    contract,
    seed,
    seeds,
    figures,
  };
}
