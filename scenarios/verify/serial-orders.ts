/** Whether what two requests did at the same time could have come of one after the other. */
import { compareBytes } from "../../sim/bytes.ts";
import type { VerifyCase } from "./case.ts";
import type { Contract } from "./contract.ts";
import { died, type Rows } from "./emulator.ts";
import type { Interleaved, Lane } from "./interleaving.ts";
import { clientAnswer } from "./layout-run.ts";
import { isWriteCall } from "./told-text.ts";

/** One of both ended its node. */
export const hasDied = ({ ends }: Interleaved): boolean =>
  [ends.a, ends.b].some((end) => end.kind !== "done" && died(end));

/** What was observed, and what both orders give. */
export type Orders = { readonly serial: readonly Interleaved[]; readonly observed: Interleaved };

/** One of the orders has it, or it is as weak as the contract declares. */
export function isExplained(
  contract: Contract,
  one: VerifyCase,
  { serial, observed }: Orders,
): boolean {
  if (serial.some((ran) => explains(contract, one, ran, observed))) return true;
  return lastWritersWin(contract, serial, observed);
}

/** The serial run has the same rows, and where the contract asks for it the same answers. */
function explains(
  contract: Contract,
  one: VerifyCase,
  serial: Interleaved,
  observed: Interleaved,
): boolean {
  if (!serial.rows.equals(observed.rows)) return false;
  if (contract.concurrency !== "serializable") return true;
  return (["a", "b"] as const).every((lane) => {
    // Who only reads, and promises no snapshot, may see half of the other: C11's matter.
    const writes = observed.steps.some((step) => step.lane === lane && isWriteCall(step.call));
    if (!writes && contract.isolation === "read-committed") return true;
    return sameAnswer(contract, one, { lane, serial, observed });
  });
}

type Answers = {
  readonly lane: Lane;
  readonly serial: Interleaved;
  readonly observed: Interleaved;
};

/** A lane is answered alike in both. */
export function sameAnswer(
  contract: Contract,
  { ranges }: VerifyCase,
  { lane, serial, observed }: Answers,
): boolean {
  const [left, right] = [serial.ends[lane], observed.ends[lane]];
  if (left.kind === "done" || right.kind === "done") return true;
  const [was, is] = [left, right].map((end) => clientAnswer(contract, [{ ranges, end }]));
  if (was?.kind !== "merged" || is?.kind !== "merged") return was?.kind === is?.kind;
  return was.merged.equals(is.merged);
}

/** Each key for itself ends as in one of the serial runs. */
function lastWritersWin(
  { concurrency }: Contract,
  serial: readonly Interleaved[],
  observed: Interleaved,
): boolean {
  if (concurrency !== "last-writer-wins") return false;
  const keys = [observed, ...serial].flatMap(({ rows }) => [...rows.map().keys()]);
  return [...new Set(keys)].every((key) =>
    serial.some(({ rows }) => sameValue(rows, observed.rows, key)),
  );
}

function sameValue(a: Rows, b: Rows, key: string): boolean {
  const [left, right] = [a.get("default", key), b.get("default", key)];
  if (left === undefined || right === undefined) return left === right;
  return compareBytes(left, right) === 0;
}
