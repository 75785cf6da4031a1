/** The bad twins of `coprsim zoo`: loaded before anything is hunted, then each before its check. */
import { relative } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { ToldTwin } from "../reports/index.ts";
import { type BadTwin, scoreTwin } from "../scenarios/zoo/index.ts";
import { digestText } from "../sim/bytes.ts";
import { UserError } from "../sim/errors.ts";
import { saveFinding } from "./verify-files.ts";
import { subjectOf } from "./verify-subject.ts";
import { type LoadedTarget, loadTarget } from "./verify-target.ts";

/** A twin that can be judged. */
export type LoadedTwin = {
  readonly twin: BadTwin;
  readonly loaded: LoadedTarget & { readonly kind: "ready" };
};

/** Builds and loads twins. Throws `UserError` for one that no node would load. */
export async function loadTwins(twins: readonly BadTwin[]): Promise<readonly LoadedTwin[]> {
  const all: LoadedTwin[] = [];
  for (const twin of twins) {
    const loaded = await loadTarget(relative(".", twin.folder), undefined);
    if (loaded.kind === "unloadable") {
      const { reason } = loaded;
      throw new UserError(reason, { code: "bad-plugin", where: twin.folder, hint: "" });
    }
    all.push({ twin, loaded });
  }
  return all;
}

export type TwinHuntOptions = {
  readonly seeds: number;
  readonly master: string;
  readonly stops: () => boolean;
};

/** Asks the check of one twin; a kill is kept as a repro file. */
export async function huntTwin(
  { twin, loaded }: LoadedTwin,
  { seeds, master, stops }: TwinHuntOptions,
): Promise<ToldTwin> {
  const subject = await subjectOf(loaded, { config: {}, fidelity: "tikv" });
  const score = await scoreTwin({
    twin,
    subject,
    seeds,
    seed: digestText(master) | 0,
    clockMs: () => performance.now(),
    turn,
    stops,
  });
  const { finding } = score;
  if (finding === null) return { score, file: null };
  const saving = { target: loaded.target, seed: master, fidelity: "tikv", config: {} } as const;
  return { score, file: saveFinding(finding, saving) };
}
