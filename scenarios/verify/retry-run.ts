/** A request that ran once, and one that was cut off and sent again, both in the emulator. */
import { fixedLayout, type Region } from "../../nodes/index.ts";
import { assert } from "../../sim/assert.ts";
import type { VerifyCase } from "./case.ts";
import type { Subject } from "./check.ts";
import type { Disturbance } from "./disturbance.ts";
import { died, type Host, Rows, type SteppedCall, type Told } from "./emulator.ts";
import { isWriteCall } from "./told-text.ts";

export type RetryRuns = {
  /** The request that ran exactly once. */
  readonly once: Told;
  readonly onceRows: Rows;
  /** The last run of the request that was sent again, and the rows after all of its runs. */
  readonly again: Told;
  readonly againRows: Rows;
  /** Writes of the attempt that was given up that took effect. */
  readonly applied: number;
  /** Writes of the request that ran once. */
  readonly writes: number;
};

const wholeSpace: Region | undefined = fixedLayout([1], [])[0];

/** The region of a layout without cuts. */
export function onlyRegion(): Region {
  assert(wholeSpace !== undefined, "a layout without cuts has one region");
  return wholeSpace;
}

/** A case's own request on a plugin freshly loaded, undisturbed. */
export function runAlone(subject: Subject, one: VerifyCase): Told {
  return begin(subject.fresh(), one, new Rows(one.rows)).finish();
}

/** Starts a request, such as a case's own, on some state. */
export function begin(
  host: Host,
  { ranges, request }: Pick<VerifyCase, "ranges" | "request">,
  rows: Rows,
): SteppedCall {
  return host.begin({ request: { ranges, data: request }, region: onlyRegion(), rows });
}

/** Both runs of a case of C2; null where there is nothing to compare: no retry, or a death. */
export function retryRuns(subject: Subject, one: VerifyCase): RetryRuns | null {
  const onceRows = new Rows(one.rows);
  const once = begin(subject.fresh(), one, onceRows).finish();
  if (died(once.end)) return null;
  const writes = once.trace.filter(({ call }) => isWriteCall(call)).length;
  const { disturbance } = one;
  if (disturbance?.kind === "duplicate") {
    return { once, onceRows, writes, ...late(subject.fresh(), one, disturbance.calls) };
  }
  if (disturbance?.kind !== "cut") return null;
  const resent = sentAgain(subject, one, disturbance);
  return resent === null ? null : { once, onceRows, writes, ...resent };
}

type Resent = Pick<RetryRuns, "again" | "againRows" | "applied">;

/** The attempt that is cut off, and the whole request again. */
function sentAgain(
  subject: Subject,
  one: VerifyCase,
  { writes, mode }: Extract<Disturbance, { kind: "cut" }>,
): Resent | null {
  const againRows = new Rows(one.rows);
  const host = subject.fresh();
  const attempt = begin(host, one, againRows);
  let applied = 0;
  for (; attempt.pending !== null; attempt.advance()) {
    if (!isWriteCall(attempt.pending)) continue;
    if (applied === writes) break;
    applied++;
  }
  let survives = mode !== "notApplied";
  if (attempt.pending === null) {
    // Past its last write: only its answer can be lost, on a store that dies or lives.
    if (attempt.told().end.kind !== "response") return null;
  } else if (mode === "appliedThenError") {
    attempt.carryOut();
    applied++;
    attempt.fail("Undetermined");
    // An answer all the same is the client's last word: it sends nothing again.
    if (attempt.finish().end.kind !== "error") return null;
  } else {
    if (mode === "applied") {
      attempt.carryOut();
      applied++;
    }
    attempt.drop();
    survives = false;
  }
  if (!survives) host.restart();
  return { again: begin(host, one, againRows).finish(), againRows, applied };
}

/** An old copy stands still after some calls, the retry succeeds, and the old copy goes on. */
function late(host: Host, one: VerifyCase, calls: number): Resent {
  const againRows = new Rows(one.rows);
  const old = begin(host, one, againRows);
  let applied = 0;
  while (old.pending !== null && old.calls < calls) {
    if (isWriteCall(old.pending)) applied++;
    old.advance();
  }
  begin(host, one, againRows).finish();
  return { again: old.finish(), againRows, applied };
}
