import {
  PluginError,
  Range,
  replyDescription,
} from "../../../../sdk/assemblyscript/assembly/index";
import { NGram } from "../../assembly/n-gram";
import { PostingList } from "../../assembly/postings";

/** The bug: postings that cannot be read count as none, so documents are missing without a word. */
class SwallowedError extends NGram {
  readPostings(
    index: Uint8Array,
    span: Range,
    ranges: Range[],
    list: PostingList,
  ): PluginError | null {
    super.readPostings(index, span, ranges, list);
    return null;
  }
}

const plugin = new SwallowedError();

export function copr_describe(): void {
  replyDescription("n-gram", "1.0.0");
}

export function copr_create(): void {}

export function copr_handle(length: i32): void {
  plugin.handle(length);
}

export function copr_destroy(): void {}
