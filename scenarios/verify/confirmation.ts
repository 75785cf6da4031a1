/** Which findings the simulated cluster can confirm, and how. */
import type { VerifyCase } from "./case.ts";
import type { Complaint, Subject } from "./check.ts";
import { blastRadius, type Confirmation, confirmLayout } from "./cluster-run.ts";
import type { CheckId } from "./levels.ts";
import { confirmRegionChange } from "./region-change-cluster.ts";

export type ConfirmOptions = {
  readonly check: CheckId;
  readonly smallest: VerifyCase;
  readonly complaint: Complaint;
};

/**
 * What the cluster says of a finding, or null. A case with an injected error has no counterpart: a
 * cluster gives its storage errors when it has them.
 */
export function confirmFinding(
  subject: Subject,
  { check, smallest, complaint }: ConfirmOptions,
): Confirmation | null {
  if (smallest.fault !== null) return null;
  if (check === "C4") return confirmRegionChange(subject, smallest);
  if (check === "C3") return confirmLayout(subject, smallest);
  // No client sends nothing, or beyond a region's end.
  if (smallest.ranges.length === 0 || smallest.cuts.length > 0) return null;
  const deadly = complaint.hint === "C8-PANIC" || complaint.hint === "C9-PANIC";
  return deadly ? blastRadius(subject, smallest) : null;
}
