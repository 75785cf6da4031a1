/** Requests to the example plugin `aggregate`; its README is the format. */
import type { CallParts } from "../spec.ts";

/** Its six aggregates as bits: any that are asked for, at least one. */
const masks = 63;

/** A good request: version 1, aggregates, order, at most `top` entries, no key prefix. */
export function aggregateRequest({ stream }: CallParts): string {
  const mask = stream.between(1, masks);
  const order = stream.below(2);
  const top = stream.below(6);
  return String.fromCharCode(1, mask, order, top, 0, 0, 0, 0, 0);
}

/** Mostly good requests; some cut short, some with a byte that means nothing. */
export function anyAggregateRequest(parts: CallParts): string {
  const good = aggregateRequest(parts);
  const { stream } = parts;
  const at = stream.below(good.length);
  switch (stream.below(8)) {
    case 0:
      return good.slice(0, at);
    case 1:
      return `${good.slice(0, at)}\xff${good.slice(at + 1)}`;
    default:
      return good;
  }
}
