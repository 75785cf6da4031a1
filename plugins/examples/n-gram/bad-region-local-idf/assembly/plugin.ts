import { FrameWriter, replyDescription } from "../../../../sdk/assemblyscript/assembly/index";
import { NGram } from "../../assembly/n-gram";
import { PostingList } from "../../assembly/postings";

const unit: u64 = 1000000;

/**
 * The bug: it weighs each posting by its own region's number of documents, so that clients need
 * not. What is rare here is common elsewhere.
 */
class RegionLocalIdf extends NGram {
  writeList(into: FrameWriter, list: PostingList): void {
    const weighed = list.documents === 0 ? 0 : <u32>unit - 1;
    for (let at = 0; at < list.postings.length; at++) {
      const weight = (<u64>list.postings[at].count * unit) / (list.documents + 1);
      list.postings[at].count = <u32>weight;
    }
    list.documents = weighed;
    super.writeList(into, list);
  }
}

const plugin = new RegionLocalIdf();

export function copr_describe(): void {
  replyDescription("n-gram", "1.0.0");
}

export function copr_create(): void {}

export function copr_handle(length: i32): void {
  plugin.handle(length);
}

export function copr_destroy(): void {}
