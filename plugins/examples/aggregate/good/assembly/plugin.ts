import { replyDescription } from "../../../../sdk/assemblyscript/assembly/index";
import { Aggregate } from "../../assembly/aggregate";

const plugin = new Aggregate();

export function copr_describe(): void {
  replyDescription("aggregate", "1.0.0");
}

export function copr_create(): void {}

export function copr_handle(length: i32): void {
  plugin.handle(length);
}

export function copr_destroy(): void {}
