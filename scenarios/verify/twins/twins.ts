/**
 * Plugins of which it is known what a check must say: good and bad twins. The zoo plants bugs in
 * the verifier itself and sees whether a twin is judged wrongly then.
 */
import { oldSurface, type PreparedPlugin } from "../../../plugins/index.ts";
import { simulatedTikv } from "../abi-matrix.ts";
import type { Contract } from "../contract.ts";
import type { TikvBuild } from "../contract-policy.ts";
import type { CheckId } from "../levels.ts";
import { type StrayBug, strayPlugin } from "./stray-plugins.ts";
import {
  type ToyBug,
  toyContract,
  toyContractOfTwoScans,
  toyContractWithoutModel,
  toyPlugin,
} from "./toy-plugins.ts";
import { type Writing, writerContract, writerPlugin } from "./writer-plugins.ts";

/** One plugin before one check. */
export type Twin = {
  readonly name: string;
  readonly check: CheckId;
  readonly plugin: PreparedPlugin;
  readonly contract: Contract;
  /** The check must convict it; else it must pass. */
  readonly isBad: boolean;
};

type Changes = Parameters<typeof writerContract>[0];

const rows: readonly (readonly [CheckId, "bad" | "good", Writing, Changes])[] = [
  ["C2", "bad", "adds", { kind: "write-idempotent" }],
  ["C2", "bad", "adds-silently", { kind: "write-idempotent" }],
  ["C2", "bad", "adds-once-in-two-reads", { kind: "write-with-request-id" }],
  ["C2", "good", "adds-once", { kind: "write-with-request-id" }],
  ["C4", "bad", "adds-once-in-two-writes", { kind: "write-with-request-id" }],
  ["C4", "good", "adds-once", { kind: "write-with-request-id" }],
  ["C11", "bad", "sums-in-two-reads", {}],
  ["C11", "good", "reads-twice-and-compares", {}],
  ["C12", "bad", "adds", { kind: "write-idempotent" }],
  ["C12", "bad", "adds-to-own-total", { kind: "write-with-request-id" }],
  ["C12", "good", "sets", { kind: "write-idempotent" }],
  ["C13", "bad", "caches-writes-through", { kind: "write-idempotent" }],
  ["C13", "bad", "writes-behind", { kind: "write-idempotent" }],
  ["C13", "good", "sets-or-reads", { kind: "write-idempotent" }],
  ["C18", "bad", "sets-both-in-turn", { kind: "write-idempotent" }],
  ["C18", "bad", "writes-behind", { kind: "write-idempotent" }],
  ["C18", "good", "sets-or-reads", { kind: "write-idempotent" }],
  ["C19", "bad", "adds", { kind: "write-idempotent", budgets: { concurrent: 5 } }],
  ["C19", "good", "answers-at-once", { kind: "write-idempotent" }],
  ["C20", "bad", "sets", { kind: "read" }],
  ["C20", "bad", "sets-and-answers-old", { kind: "write-idempotent", storage: "v1ttl" }],
  ["C20", "good", "adds-a-row", { kind: "write-idempotent", storage: "v1ttl" }],
];

const otherTikv: TikvBuild = { ...simulatedTikv, rustc: "rustc 1.90.0-nightly" };

/** What an author declares of the toy. */
const toyContracts = {
  model: toyContract,
  "no model": toyContractWithoutModel,
  "two scans": toyContractOfTwoScans,
  "a second TiKV": () => toyContract({ tikv: [simulatedTikv, otherTikv] }),
  "an old surface": () => toyContract({ surface: oldSurface }),
  "the next major": () => toyContract({ requirements: ["^2"] }),
  "this major": () => toyContract({ requirements: ["^1", "=1.0.0", ">=1.0.0, <2.0.0"] }),
  "small budgets": () => toyContract({ budgets: { ops: 50, keys: 400, rows: 256 } }),
  "many keys": () => toyContract({ budgets: { keys: 20_000, rows: 256 } }),
} as const satisfies Readonly<Record<string, () => Contract>>;
type Declared = keyof typeof toyContracts;

const toyRows: readonly (readonly [CheckId, "bad" | "good", ToyBug, Declared])[] = [
  ["C1", "bad", "remembers", "model"],
  ["C1", "good", "none", "model"],
  ["C3", "bad", "limits-before-merge", "no model"],
  ["C3", "bad", "doubles", "model"],
  ["C3", "good", "none", "model"],
  ["C4", "bad", "swallows", "two scans"],
  ["C4", "bad", "rewraps", "two scans"],
  ["C4", "good", "none", "two scans"],
  ["C5", "good", "none", "model"],
  ["C6", "bad", "swallows", "model"],
  ["C6", "bad", "rewraps", "model"],
  ["C6", "bad", "writes-after-error", "model"],
  ["C6", "good", "none", "model"],
  ["C7", "good", "none", "small budgets"],
  ["C8", "bad", "panics-on-long-values", "model"],
  ["C8", "bad", "loops-on-a-row", "model"],
  ["C8", "good", "none", "model"],
  ["C9", "bad", "accepts-anything", "model"],
  ["C9", "bad", "forgets", "model"],
  ["C9", "good", "none", "model"],
  ["C10", "good", "none", "model"],
  ["C14", "bad", "none", "a second TiKV"],
  ["C14", "bad", "none", "an old surface"],
  ["C14", "bad", "none", "the next major"],
  ["C14", "good", "none", "this major"],
];

const strayRows: readonly (readonly [CheckId, "bad" | "good", StrayBug, Declared])[] = [
  ["C5", "bad", "reads-past-its-range", "model"],
  ["C5", "bad", "keeps-a-log", "model"],
  ["C7", "bad", "gets-every-row", "small budgets"],
  ["C7", "bad", "scans-again-and-again", "many keys"],
  ["C10", "bad", "answers-everything-to-nothing", "model"],
  ["C10", "bad", "counts-overlaps-twice", "model"],
  ["C10", "bad", "dies-of-long-keys", "model"],
  ["C10", "bad", "misses-the-last-key-of-an-open-range", "model"],
];

/** The twins of a check; none where it has none. */
export function twinsOf(check: string): readonly Twin[] {
  const writers = rows.map(([id, fate, writing, changes]): Twin => {
    const [plugin, contract] = [writerPlugin(writing), writerContract(changes)];
    return { name: `${fate} ${writing}`, check: id, plugin, contract, isBad: fate === "bad" };
  });
  const toys = toyRows.map(([id, fate, bug, declared]): Twin => {
    const [plugin, contract] = [toyPlugin(bug), toyContracts[declared]()];
    const name = `${fate} ${bug === "none" ? "toy" : bug}, ${declared}`;
    return { name, check: id, plugin, contract, isBad: fate === "bad" };
  });
  const strays = strayRows.map(([id, fate, bug, declared]): Twin => {
    const [plugin, contract] = [strayPlugin(bug), toyContracts[declared]()];
    const name = `${fate} ${bug}, ${declared}`;
    return { name, check: id, plugin, contract, isBad: fate === "bad" };
  });
  return [...writers, ...toys, ...strays].filter((twin) => twin.check === check);
}

/** Base cases with which twins are judged: enough for every one of them. */
export const twinSeeds = 12;
