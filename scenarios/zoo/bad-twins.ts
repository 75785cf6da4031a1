/**
 * Bad twins: example plugins, each with a bug of its own. What `verify` must be able to convict, as
 * mutants are what the judges must; both are scored in one table.
 */
import { basename, join, relative } from "node:path";
import { listExamples, readExamplePlugin } from "../../plugins/index.ts";
import { UserError } from "../../sim/errors.ts";
import {
  type Check,
  type CheckId,
  type CheckReport,
  checkById,
  type Finding,
  runChecks,
  type Subject,
} from "../verify/index.ts";
import { packageRoot } from "./package-root.ts";

/** Where our own are. */
export const examplesFolder: string = join(packageRoot, "plugins", "examples");

/** A bad twin and who must catch it. */
export type BadTwin = {
  /** Its folder relative to that of all examples: `aggregate/bad-swallowed-error`. */
  readonly id: string;
  readonly folder: string;
  /** What its plugin.json names. */
  readonly check: Check;
};

/**
 * All bad twins of a folder of examples, by name. Throws `UserError` "bad-plugin" where a `bad-*`
 * folder names no check, or one that does not exist, or a good plugin names one.
 */
export async function readBadTwins(root: string): Promise<readonly BadTwin[]> {
  const twins: BadTwin[] = [];
  for (const folder of await listExamples(root)) {
    const { caughtBy } = await readExamplePlugin(folder);
    const isBad = basename(folder).startsWith("bad-");
    if (!isBad && caughtBy === null) continue;
    const check = checkById(caughtBy ?? "");
    if (!isBad || check === null) throw badTwin(folder, { isBad, caughtBy });
    twins.push({ id: relative(root, folder).replaceAll("\\", "/"), folder, check });
  }
  return twins;
}

function badTwin(
  folder: string,
  { isBad, caughtBy }: { readonly isBad: boolean; readonly caughtBy: string | null },
): UserError {
  const message = !isBad
    ? `a good plugin is caught by ${caughtBy}`
    : caughtBy === null
      ? "a bad twin names no check that must catch it"
      : `a bad twin names a check that there is not: ${caughtBy}`;
  return new UserError(message, {
    code: "bad-plugin",
    where: join(folder, "plugin.json"),
    hint: '"caughtBy" of a `bad-*` folder, and of no other, is a check such as C3',
  });
}

/** One twin's result. */
export type TwinScore = {
  readonly id: string;
  /** The check that must convict it. */
  readonly check: CheckId;
  /** It did. Whatever another check says does not count. */
  readonly killed: boolean;
  readonly outcome: CheckReport["outcome"];
  /** Why it neither passed nor failed, or "". */
  readonly reason: string;
  /** Cases that were judged. */
  readonly cases: number;
  /** With the smallest story, as `verify` takes them. */
  readonly seconds: number;
  readonly finding: Finding | null;
};

export type TwinScoreOptions = {
  readonly twin: BadTwin;
  /** The twin, loaded. */
  readonly subject: Subject;
  /** At most so many base cases. */
  readonly seeds: number;
  /** Where chance begins. */
  readonly seed: number;
  readonly clockMs: () => number;
  readonly turn: () => Promise<void>;
  readonly stops: () => boolean;
};

/** Asks the check that must convict a twin, and no other. */
export async function scoreTwin({ twin, ...options }: TwinScoreOptions): Promise<TwinScore> {
  const { id, check } = twin;
  const none = { outcome: "skipped", reason: "", cases: 0, elapsedMs: 0, finding: null } as const;
  const asked = { ...options, checks: [check], timeMs: null, progress: () => {} };
  const [report = none] = await runChecks(asked);
  const { outcome, reason, cases, finding, elapsedMs } = report;
  const killed = outcome === "failed";
  return {
    id,
    check: check.id,
    killed,
    outcome,
    reason,
    cases,
    seconds: elapsedMs / 1000,
    finding,
  };
}
