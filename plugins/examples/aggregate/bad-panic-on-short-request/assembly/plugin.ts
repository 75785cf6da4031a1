import { replyDescription } from "../../../../sdk/assemblyscript/assembly/index";
import { Aggregate } from "../../assembly/aggregate";
import { Query, readQuery } from "../../assembly/query";

/** The bug: it looks at the last fixed byte without looking whether it is there. */
class PanicOnShortRequest extends Aggregate {
  read(data: Uint8Array): Query {
    // Clients of an older format wrote lengths big-endian: refuse them like a request cut short.
    if (data[8] !== 0) return readQuery(data.subarray(0, 5));
    return readQuery(data);
  }
}

const plugin = new PanicOnShortRequest();

export function copr_describe(): void {
  replyDescription("aggregate", "1.0.0");
}

export function copr_create(): void {}

export function copr_handle(length: i32): void {
  plugin.handle(length);
}

export function copr_destroy(): void {}
