/**
 * The twelve isolation levels, and which anomalies each of them rules out.
 *
 * Source: Adya, "Weak Consistency" (PL-1, PL-2, PL-2.99, PL-SI, PL-3); Bailis et al., "Highly
 * Available Transactions" (monotonic atomic view, cursor stability); Cerone, Bernardi, Gotsman, "A
 * Framework for Transactional Consistency Models with Atomic Visibility" (read atomic); Daudjee and
 * Salem, "Lazy Database Replication with Snapshot Isolation" (strong and strong session levels);
 * the table agrees with jepsen-io/elle at ccdee6f, src/elle/consistency_model.clj.
 */
import { UserError } from "../../../sim/errors.ts";

/** Every level, weak ones first. No chain: `repeatable-read` and `snapshot` are incomparable. */
export const LEVELS = [
  "read-uncommitted",
  "read-committed",
  "monotonic-atomic-view",
  "read-atomic",
  "cursor-stability",
  "repeatable-read",
  "snapshot",
  "strong-session-snapshot",
  "strong-snapshot",
  "serializable",
  "strong-session-serializable",
  "strict-serializable",
] as const;

/** An isolation level by its name on the command line. */
export type Level = (typeof LEVELS)[number];

/** The other spellings that are understood, those of Elle. */
const ALIASES: ReadonlyMap<string, Level> = new Map([
  ["snapshot-isolation", "snapshot"],
  ["strong-session-snapshot-isolation", "strong-session-snapshot"],
  ["strong-snapshot-isolation", "strong-snapshot"],
  ["strong-serializable", "strict-serializable"],
]);

/** The order of transactions that a level promises besides the order that their data shows. */
export type Order = "data" | "process" | "realtime";

/** Which cycles a level forbids, by the read-write edges (anti-dependencies) that they contain. */
export type ForbiddenCycles =
  /** Only of write-write edges. */
  | "ww"
  /** Of write-write and write-read edges. */
  | "ww-wr"
  /** And those with read-write edges of which no two follow each other. */
  | "rw-apart"
  /** And all other ones. */
  | "rw-any";

/** What is seen without looking for a cycle. */
export const DIRECT_ANOMALIES = [
  "duplicate-elements",
  "cyclic-versions",
  "garbage-read",
  "G1a",
  "G1b",
  "dirty-update",
  "incompatible-order",
  "future-read",
  "lost-update",
  "internal",
] as const;

/** An anomaly that is seen without looking for a cycle. */
export type DirectAnomaly = (typeof DIRECT_ANOMALIES)[number];

/** The kinds of cycle without regard to process and real-time edges, the worst first. */
export const CYCLE_CLASSES = [
  "G0",
  "G1c",
  "G-single-item",
  "G-nonadjacent-item",
  "G2-item",
] as const;

/** A kind of cycle by its data edges. */
export type CycleClass = (typeof CYCLE_CLASSES)[number];

/** A kind of cycle, with the order it needs besides the data's. */
export type CycleAnomaly = CycleClass | `${CycleClass}-process` | `${CycleClass}-realtime`;

/** The name of anything that this judge can find. */
export type AnomalyName = DirectAnomaly | CycleAnomaly;

type Rule = {
  readonly order: Order;
  readonly cycles: ForbiddenCycles;
  readonly direct: ReadonlySet<DirectAnomaly>;
};

const uncommitted = ["duplicate-elements", "cyclic-versions", "garbage-read"] as const;
const committed = [
  ...uncommitted,
  ...(["G1a", "G1b", "dirty-update", "incompatible-order", "future-read"] as const),
] as const;

const rule = (order: Order, cycles: ForbiddenCycles, direct: readonly DirectAnomaly[]): Rule => ({
  order,
  cycles,
  direct: new Set(direct),
});

const RULES: Readonly<Record<Level, Rule>> = {
  "read-uncommitted": rule("data", "ww", uncommitted),
  "read-committed": rule("data", "ww-wr", committed),
  "monotonic-atomic-view": rule("data", "ww-wr", committed),
  "read-atomic": rule("data", "ww-wr", [...committed, "internal"]),
  "cursor-stability": rule("data", "ww-wr", [...committed, "lost-update"]),
  // Adya's item cut: a transaction that disagrees with itself is not among what it names.
  "repeatable-read": rule("data", "rw-any", [...committed, "lost-update"]),
  snapshot: rule("data", "rw-apart", DIRECT_ANOMALIES),
  "strong-session-snapshot": rule("process", "rw-apart", DIRECT_ANOMALIES),
  "strong-snapshot": rule("realtime", "rw-apart", DIRECT_ANOMALIES),
  serializable: rule("data", "rw-any", DIRECT_ANOMALIES),
  "strong-session-serializable": rule("process", "rw-any", DIRECT_ANOMALIES),
  "strict-serializable": rule("realtime", "rw-any", DIRECT_ANOMALIES),
};

/** The level of a name. Throws UserError `usage` for a name that is none. */
export function parseLevel(name: string, where = "--level"): Level {
  const level = ALIASES.get(name) ?? LEVELS.find((one) => one === name);
  if (level !== undefined) return level;
  const hint = `one of ${LEVELS.join(", ")}`;
  throw new UserError(`no such isolation level: ${name}`, { code: "usage", where, hint });
}

/** What a level forbids. */
export function ruleOf(level: Level): Rule {
  return RULES[level];
}

/** Whether a history with `anomaly` in it breaks `level`. */
export function forbids(level: Level, anomaly: AnomalyName): boolean {
  const direct = DIRECT_ANOMALIES.find((one) => one === anomaly);
  if (direct !== undefined) return RULES[level].direct.has(direct);
  const { order, cycles } = RULES[level];
  const needs = anomaly.endsWith("-realtime") ? 2 : anomaly.endsWith("-process") ? 1 : 0;
  // A process runs one transaction at a time, so real time orders whatever a process orders.
  if (needs > (order === "realtime" ? 2 : order === "process" ? 1 : 0)) return false;
  const worst = CYCLE_CLASSES.findLastIndex((one) => anomaly.startsWith(one));
  return worst < forbiddenClasses(cycles);
}

/** The levels, weakest first, that a history with these anomalies cannot have. */
export function ruledOutBy(anomalies: readonly AnomalyName[]): readonly Level[] {
  return LEVELS.filter((level) => anomalies.some((anomaly) => forbids(level, anomaly)));
}

/** How many of CYCLE_CLASSES, from the first, are forbidden. */
function forbiddenClasses(cycles: ForbiddenCycles): number {
  return cycles === "ww" ? 1 : cycles === "ww-wr" ? 2 : cycles === "rw-apart" ? 4 : 5;
}
