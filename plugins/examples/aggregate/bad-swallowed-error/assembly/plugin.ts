import {
  PluginError,
  Range,
  replyDescription,
} from "../../../../sdk/assemblyscript/assembly/index";
import { Aggregate } from "../../assembly/aggregate";
import { Totals } from "../../assembly/totals";

/** The bug: a range that cannot be read counts as an empty one. */
class SwallowedError extends Aggregate {
  addRange(range: Range, prefix: Uint8Array, totals: Totals): PluginError | null {
    super.addRange(range, prefix, totals);
    return null;
  }
}

const plugin = new SwallowedError();

export function copr_describe(): void {
  replyDescription("aggregate", "1.0.0");
}

export function copr_create(): void {}

export function copr_handle(length: i32): void {
  plugin.handle(length);
}

export function copr_destroy(): void {}
