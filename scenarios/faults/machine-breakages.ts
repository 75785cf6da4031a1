/** How one machine breaks: its process's speed, its disk, its clocks. */
import { unreachable } from "../../sim/assert.ts";
import type { ProcessId, World } from "../../sim/index.ts";
import type { Breakage } from "../plan.ts";
import type { Levers, Pull, Undo } from "./lever.ts";

/** The breakages of one machine that leave its process alive. */
export type MachineBreakage = Extract<
  Breakage,
  {
    readonly kind:
      | "pause"
      | "slow"
      | "diskSlow"
      | "diskStall"
      | "diskError"
      | "diskFull"
      | "bitRot"
      | "misdirectedWrite"
      | "clockOffset"
      | "clockJump"
      | "clockFreeze"
      | "clockDrift"
      | "monotonicDrift";
  }
>;

/** One write in eight goes astray: the file's others show where. */
const misdirectedPerMillion = 125_000;

/** Begins a breakage of a process's machine. */
export function breakMachine(
  { world, levers }: { readonly world: World; readonly levers: Levers },
  breakage: MachineBreakage,
  process: ProcessId,
): Undo {
  if (breakage.kind === "clockJump") {
    // Nothing to end: a jumped clock is set right when healing begins.
    world.clock(process).skew(breakage.us);
    return () => {};
  }
  if (breakage.kind === "clockOffset") {
    // Not a lever: two offsets add up.
    world.clock(process).skew(breakage.us);
    return () => world.clock(process).skew(-breakage.us);
  }
  const work = breakage.kind === "diskError" ? ` ${breakage.operation}` : "";
  return levers.pull(`${breakage.kind}${work} ${process}`, pullOf(world, breakage, process));
}

type LastingBreakage = Exclude<MachineBreakage, { readonly kind: "clockOffset" | "clockJump" }>;

function pullOf(world: World, breakage: LastingBreakage, process: ProcessId): Pull {
  const disk = world.disk(process);
  const clock = world.clock(process);
  switch (breakage.kind) {
    case "pause":
      return { apply: () => world.pause(process), clear: () => world.resume(process) };
    case "slow": {
      const { factor } = breakage;
      return { apply: () => world.slow(process, factor), clear: () => world.normal(process) };
    }
    case "diskSlow": {
      const { minUs, maxUs } = breakage;
      return { apply: () => disk.delay({ minUs, maxUs }), clear: () => disk.hasten() };
    }
    case "diskStall":
      return { apply: () => disk.stall(), clear: () => disk.flow() };
    case "diskError": {
      const { operation } = breakage;
      return { apply: () => disk.eio(operation, 1_000_000), clear: () => disk.honest(operation) };
    }
    case "diskFull":
      return { apply: () => disk.fill(), clear: () => disk.free() };
    case "bitRot": {
      const perMillion = breakage.perMille * 1_000;
      return { apply: () => disk.rot(perMillion), clear: () => disk.preserve() };
    }
    case "misdirectedWrite":
      return {
        apply: () => disk.misdirect(misdirectedPerMillion),
        clear: () => disk.direct(),
      };
    case "clockFreeze":
      return { apply: () => clock.freeze(), clear: () => clock.thaw() };
    case "clockDrift":
      return { apply: () => clock.drift(breakage.ppm), clear: () => clock.steady() };
    case "monotonicDrift":
      return {
        apply: () => clock.driftMonotonic(breakage.ppm),
        clear: () => clock.steadyMonotonic(),
      };
    default:
      return unreachable(breakage);
  }
}
