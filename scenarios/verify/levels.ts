/** The checks by level. Source: verify-checks.md 3.1 and 3.2. */

/** The levels, each including those before it. */
export const levels = ["L0", "L1", "L2", "L3"] as const;
/** One of them. */
export type Level = (typeof levels)[number];

/** Every check that a level may ask for, also those that this version does not have. */
export const levelChecks = {
  L0: ["C14"],
  L1: ["C1", "C5", "C8", "C9", "C10"],
  L2: ["C2", "C3", "C4", "C6", "C11", "C12", "C13"],
  L3: ["C7", "C15", "C16", "C17", "C18", "C19", "C20"],
} as const;

/** A check by its number. */
export type CheckId = (typeof levelChecks)[Level][number];

/** How many checks there are. */
export const checkCount: number = levels.reduce((sum, one) => sum + levelChecks[one].length, 0);

/** All checks that a level asks for, with those of the lower levels. */
export function checksUpTo(level: Level): readonly CheckId[] {
  return levels.slice(0, levels.indexOf(level) + 1).flatMap((one) => levelChecks[one]);
}

/** The highest level whose checks are all `done`, or null. */
export function levelReached(done: ReadonlySet<CheckId>): Level | null {
  let reached: Level | null = null;
  for (const level of levels) {
    if (!levelChecks[level].every((check) => done.has(check))) break;
    reached = level;
  }
  return reached;
}

/** The level that a check belongs to. */
export function levelOf(check: CheckId): Level {
  const found = levels.find((level) => (levelChecks[level] as readonly CheckId[]).includes(check));
  return found ?? "L3";
}

/** How the levels stand after some checks. */
export type LevelStanding = {
  readonly asked: Level | null;
  readonly reached: Level | null;
  /** Checks that the asked level needs and that did not run. */
  readonly missing: readonly CheckId[];
  readonly ran: number;
  /** Checks that passed, or do not apply. */
  readonly held: number;
  /** All there are, also those that this version does not have. */
  readonly count: number;
};

/** What of a check's report decides. */
export type CheckStanding = {
  readonly id: CheckId;
  readonly outcome: "passed" | "failed" | "inconclusive" | "skipped" | "n/a";
  readonly cases: number;
};

/**
 * A check that does not apply ran: nothing of it could fail. One that was skipped, or stopped
 * before its first case, did not. Only what passed or does not apply carries a level.
 */
export function levelStanding(
  checks: readonly CheckStanding[],
  asked: Level | null,
): LevelStanding {
  const ran = checks
    .filter(
      ({ outcome, cases }) => outcome !== "skipped" && (outcome !== "inconclusive" || cases > 0),
    )
    .map(({ id }) => id);
  const held = checks
    .filter(({ outcome }) => outcome === "passed" || outcome === "n/a")
    .map(({ id }) => id);
  return {
    asked,
    reached: levelReached(new Set(held)),
    missing: asked === null ? [] : checksUpTo(asked).filter((id) => !ran.includes(id)),
    ran: ran.length,
    held: held.length,
    count: checkCount,
  };
}
