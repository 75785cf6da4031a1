/**
 * What the kernel itself reports. Kinds 1 to 63 are the kernel's; whoever stands on it numbers its
 * own from `eventKindsFrom`. An event is a kind, a process and four integers.
 */
import type { ProcessId } from "./process.ts";

/** The first event kind that is not the kernel's. */
export const eventKindsFrom: number = 64;

/** The kernel's event kinds: number, and the names of the integers. */
export const kernelEvents = {
  /** A process started. */
  boot: { kind: 1, fields: ["incarnation"] },
  /** A process died of a planned crash: its memory is gone. */
  crash: { kind: 2, fields: ["incarnation"] },
  /** A machine lost its power: unsynced writes are in danger too. */
  powerLoss: { kind: 3, fields: ["incarnation"] },
  /** A process ended itself; `how` is 1 panic, 2 abort, 3 exit, 4 a failure of its own code. */
  death: { kind: 4, fields: ["incarnation", "how"] },
  pause: { kind: 5, fields: [] },
  resume: { kind: 6, fields: [] },
  /** CPU time is multiplied by `factor` from now on; 1 is normal. */
  slow: { kind: 7, fields: ["factor"] },
  wipe: { kind: 8, fields: [] },
  /** A rule of the network began; `fault` is its number in `networkFaults`. */
  networkFault: { kind: 9, fields: ["fault"] },
  networkRepair: { kind: 10, fields: ["fault"] },
  /** A disk began to misbehave; `fault` is its number in `diskFaults`. */
  diskFault: { kind: 11, fields: ["fault"] },
  diskRepair: { kind: 12, fields: ["fault"] },
  /** A clock began to misbehave; `fault` is its number in `clockFaults`. */
  clockFault: { kind: 13, fields: ["fault"] },
  clockRepair: { kind: 14, fields: ["fault"] },
} as const;

/** A kernel event's name. */
export type KernelEvent = keyof typeof kernelEvents;

/** The process of an event that concerns none: the network's. */
export const noProcess: ProcessId = -1 as ProcessId;

/** Told of every event, in order, while it happens. */
export interface Observer {
  /** May crash any process, also the one that is reporting: its handler then ends right there. */
  event(kind: number, process: ProcessId, a: number, b: number, c: number, d: number): void;
}
