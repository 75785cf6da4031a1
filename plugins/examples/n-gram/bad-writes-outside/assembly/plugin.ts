import { Pair, Range, replyDescription } from "../../../../sdk/assemblyscript/assembly/index";
import { NGram } from "../../assembly/n-gram";

/** The bug: "a document and its postings belong together", wherever the ranges end. */
class WritesOutside extends NGram {
  ownPairs(pairs: Pair[], ranges: Range[]): Pair[] {
    const own = super.ownPairs(pairs, ranges);
    const hasDocument = own.length > 0 && own[0] === pairs[0];
    return hasDocument ? pairs : own;
  }
}

const plugin = new WritesOutside();

export function copr_describe(): void {
  replyDescription("n-gram", "1.0.0");
}

export function copr_create(): void {}

export function copr_handle(length: i32): void {
  plugin.handle(length);
}

export function copr_destroy(): void {}
