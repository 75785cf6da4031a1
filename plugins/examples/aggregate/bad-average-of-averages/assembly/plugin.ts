import { FrameWriter, replyDescription } from "../../../../sdk/assemblyscript/assembly/index";
import { Aggregate } from "../../assembly/aggregate";
import { Totals } from "../../assembly/totals";

/** The bug: each part divides for itself, so its average counts as one row of the whole. */
class AverageOfAverages extends Aggregate {
  writeAverage(into: FrameWriter, totals: Totals): void {
    // Enough for values whose sum fits 64 bits, as in most of the tests its author ran.
    const sum = <i64>totals.sum.low;
    const average = totals.count === 0 ? 0 : sum / <i64>totals.count;
    into.i64(average);
    into.i64(average < 0 ? -1 : 0);
    into.u64(totals.count === 0 ? 0 : 1);
  }
}

const plugin = new AverageOfAverages();

export function copr_describe(): void {
  replyDescription("aggregate", "1.0.0");
}

export function copr_create(): void {}

export function copr_handle(length: i32): void {
  plugin.handle(length);
}

export function copr_destroy(): void {}
