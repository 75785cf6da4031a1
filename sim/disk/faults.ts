/** A disk's fault verbs, each with the verb that undoes it. */
import { assert } from "../assert.ts";

/** The disk's faults and their numbers in kernel events. */
export const diskFaults = {
  delay: 1,
  stall: 2,
  eio: 3,
  tear: 4,
  lose: 5,
  rot: 6,
  misdirect: 7,
  fill: 8,
} as const;

export type DiskFault = keyof typeof diskFaults;

/** What can fail with an I/O error: appends and writes; syncs of files and the directory; reads. */
export type DiskWork = "write" | "sync" | "read";

/** Told of each change: the fault, and whether it began or ended. */
export type DiskFaultListener = (fault: DiskFault, began: boolean) => void;

/**
 * How a disk misbehaves at present. Fresh disks tear and lose at a power loss, and nothing else.
 */
export class DiskFaults {
  /** The latency in place of the default, or null. */
  latency: { readonly minUs: number; readonly maxUs: number } | null = null;
  isStalled = false;
  /** Odds of an I/O error in a million; null where there is no fault, hence no draw. */
  readonly eioPerMillion: Record<DiskWork, number | null> = { write: null, sync: null, read: null };
  isTorn = true;
  isLosing = true;
  rotPerMillion: number | null = null;
  misdirectPerMillion: number | null = null;
  /** The bytes that all files together may have; null is no limit. */
  capacityBytes: number | null = null;
  readonly #listen: DiskFaultListener;

  constructor(listen: DiskFaultListener) {
    this.#listen = listen;
  }

  /** Operations that start from now on take so long. */
  delay(latency: { readonly minUs: number; readonly maxUs: number }): void {
    assert(latency.minUs >= 0 && latency.minUs <= latency.maxUs, "a latency is not negative");
    this.latency = latency;
    this.#listen("delay", true);
  }

  /** Undoes `delay`. */
  hasten(): void {
    this.latency = null;
    this.#listen("delay", false);
  }

  /** Nothing ends any more, until `flow`. */
  stall(): void {
    this.isStalled = true;
    this.#listen("stall", true);
  }

  flow(): void {
    this.isStalled = false;
    this.#listen("stall", false);
  }

  /** Work of a sort fails so often in a million. A failed sync drops the unsynced writes. */
  eio(work: DiskWork, perMillion: number): void {
    this.eioPerMillion[work] = odds(perMillion);
    this.#listen("eio", true);
  }

  /** Undoes `eio` for one sort of work. */
  honest(work: DiskWork): void {
    this.eioPerMillion[work] = null;
    this.#listen("eio", false);
  }

  /** A power loss may leave part of a write, cut at a sector's edge. So from the start. */
  tear(): void {
    this.isTorn = true;
    this.#listen("tear", true);
  }

  /** Undoes `tear`: a write survives as a whole or not at all. */
  whole(): void {
    this.isTorn = false;
    this.#listen("tear", false);
  }

  /** A power loss takes unsynced writes and unsynced changes of names, by chance. So at first. */
  lose(): void {
    this.isLosing = true;
    this.#listen("lose", true);
  }

  /** Undoes `lose`: everything completed survives a power loss too. */
  keep(): void {
    this.isLosing = false;
    this.#listen("lose", false);
  }

  /** A read finds one bit of its file flipped, for good, so often in a million. */
  rot(perMillion: number): void {
    this.rotPerMillion = odds(perMillion);
    this.#listen("rot", true);
  }

  /** Undoes `rot`. What rotted stays so. */
  preserve(): void {
    this.rotPerMillion = null;
    this.#listen("rot", false);
  }

  /** A write lands in another sector of its file, so often in a million. */
  misdirect(perMillion: number): void {
    this.misdirectPerMillion = odds(perMillion);
    this.#listen("misdirect", true);
  }

  /** Undoes `misdirect`. */
  direct(): void {
    this.misdirectPerMillion = null;
    this.#listen("misdirect", false);
  }

  /** Writes that would make the files longer than this together fail with "full". */
  fill(capacityBytes = 0): void {
    assert(capacityBytes >= 0, "a disk's size is not negative");
    this.capacityBytes = capacityBytes;
    this.#listen("fill", true);
  }

  /** Undoes `fill`. */
  free(): void {
    this.capacityBytes = null;
    this.#listen("fill", false);
  }
}

function odds(perMillion: number): number {
  assert(perMillion >= 0 && perMillion <= 1_000_000, "odds are 0 to 1,000,000 in a million");
  return perMillion;
}
