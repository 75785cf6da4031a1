import { FrameReader } from "../../../sdk/assemblyscript/assembly/index";

/** Bits of the aggregates that a request asks for. */
export namespace Wants {
  export const count: u8 = 1;
  export const sum: u8 = 2;
  export const min: u8 = 4;
  export const max: u8 = 8;
  export const average: u8 = 16;
  export const top: u8 = 32;
  export const all: u8 = 63;
}

/** Why a request is refused; README.md lists the numbers. */
export namespace Reason {
  export const none: u8 = 0;
  export const short: u8 = 1;
  export const version: u8 = 2;
  export const aggregates: u8 = 3;
  export const order: u8 = 4;
  export const top: u8 = 5;
  export const prefix: u8 = 6;
  export const trailing: u8 = 7;
}

const topMax: u16 = 1000;
const prefixBytesMax: i32 = 256;

/** A request's own bytes, decoded; `reason` is not 0 if they are malformed, at byte `offset`. */
export class Query {
  wants: u8 = 0;
  smallestFirst: bool = false;
  top: u16 = 0;
  prefix: Uint8Array = new Uint8Array(0);
  reason: u8 = Reason.none;
  offset: u32 = 0;
}

/** Decodes a request. Lengths are compared with the bytes at hand before anything is allocated. */
export function readQuery(data: Uint8Array): Query {
  const from = new FrameReader(data);
  const query = new Query();
  const version = from.u8();
  if (from.short) return refuse(query, Reason.short, 0);
  if (version !== 1) return refuse(query, Reason.version, 0);
  query.wants = from.u8();
  if (from.short) return refuse(query, Reason.short, 1);
  if (query.wants === 0 || query.wants > Wants.all) return refuse(query, Reason.aggregates, 1);
  const order = from.u8();
  if (from.short) return refuse(query, Reason.short, 2);
  if (order > 1) return refuse(query, Reason.order, 2);
  query.smallestFirst = order === 1;
  query.top = from.u16();
  if (from.short) return refuse(query, Reason.short, 3);
  if (query.top > topMax) return refuse(query, Reason.top, 3);
  query.prefix = from.blob();
  if (from.short) return refuse(query, Reason.short, 5);
  if (query.prefix.length > prefixBytesMax) return refuse(query, Reason.prefix, 5);
  if (from.left !== 0) return refuse(query, Reason.trailing, from.at);
  return query;
}

function refuse(query: Query, reason: u8, offset: u32): Query {
  query.reason = reason;
  query.offset = offset;
  return query;
}
