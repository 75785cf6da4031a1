import { replyDescription } from "../../../../sdk/assemblyscript/assembly/index";
import { codesOf, distinct, Gram } from "../../assembly/grams";
import { NGram } from "../../assembly/n-gram";

/** The bug: a text of one byte has minus one grams. */
class PanicOnShortText extends NGram {
  grams(text: Uint8Array): Gram[] {
    if (text.length === 0) return [];
    return distinct(codesOf(text, text.length - 2));
  }
}

const plugin = new PanicOnShortText();

export function copr_describe(): void {
  replyDescription("n-gram", "1.0.0");
}

export function copr_create(): void {}

export function copr_handle(length: i32): void {
  plugin.handle(length);
}

export function copr_destroy(): void {}
