import { replyDescription } from "../../../../sdk/assemblyscript/assembly/index";
import { NGram } from "../../assembly/n-gram";

const plugin = new NGram();

export function copr_describe(): void {
  replyDescription("n-gram", "1.0.0");
}

export function copr_create(): void {}

export function copr_handle(length: i32): void {
  plugin.handle(length);
}

export function copr_destroy(): void {}
