/** Draws the operations of a plan: an open-loop workload, so that faults do not lower the load. */
import { assert, unreachable } from "../../sim/assert.ts";
import type { Randomness, Stream } from "../../sim/index.ts";
import type { HistoryRequest } from "../history.ts";
import type { PlannedOperation } from "../plan.ts";
import {
  keyOf,
  type OperationKind,
  operationKinds,
  ownKeyOf,
  type PluginCall,
  type Range,
  type Spec,
} from "../spec.ts";

/** What the shape of a plan says about its operations. */
export type Load = {
  readonly fidelity: "tikv" | "contract";
  readonly keys: number;
  readonly clients: number;
  /** Operations a second. */
  readonly rate: number;
  readonly breakUs: number;
  readonly endUs: number;
  readonly firstUs: number;
  readonly quietUs: number;
};

/** The part of the healing that a cluster gets before its keys are read: in a hundred. */
const settledPercent = 46;
/** Key positions that are a multiple of it are for swaps, where a mix has any. */
const swapStride = 4;
/** Swaps move on to other keys so often: the first wrong guess ends a chain of swaps for good. */
const swapTurnUs = 250_000;
/** Plugins' own keys: few, so that their writes meet. */
const ownKeys = 8;

/** The operations in order of their times, with ids from 1. */
export function drawOperations(
  spec: Spec,
  load: Load,
  random: Randomness,
): readonly PlannedOperation[] {
  assert(
    load.rate > 0 && load.firstUs + load.quietUs < load.endUs,
    "operations have time to happen",
  );
  const drawer = new Drawer(spec, load, random);
  const arrivals = random.stream("plan/arrivals");
  const gapUs = Math.max(1, Math.floor(1_000_000 / load.rate));
  const lastUs = load.endUs - load.quietUs;
  const operations: PlannedOperation[] = [];
  for (let atUs = load.firstUs; atUs < lastUs; atUs += 1 + arrivals.below(2 * gapUs)) {
    operations.push(drawer.operation(operations.length + 1, atUs));
  }
  if (!spec.finalReads) return operations;
  const readUs = load.breakUs + Math.floor(((load.endUs - load.breakUs) * settledPercent) / 100);
  const kept = operations.filter(({ atUs }) => atUs <= readUs);
  for (let position = 0; position < load.keys; position++) {
    const atUs = readUs + 1 + position * 2_000;
    const request = { kind: "get", key: keyOf(position) } as const;
    kept.push({ id: kept.length + 1, atUs, client: position % load.clients, request });
  }
  return kept;
}

class Drawer {
  readonly #spec: Spec;
  readonly #load: Load;
  readonly #stream: Stream;
  readonly #sizes: Stream;
  readonly #calls: Stream;
  readonly #kinds: readonly OperationKind[];
  readonly #weights: readonly number[];
  readonly #total: number;
  /** What values are filled up with. */
  readonly #padding: string;
  /** Every fourth key is for swaps alone: TiKV's are atomic among themselves, not beside puts. */
  readonly #hasSwaps: boolean;
  /** The value that the plan last wrote to a key: a swap mostly expects that. */
  readonly #last = new Map<string, string>();
  /** What the last swap of a key expects: another one that expects it, too, must lose. */
  readonly #expected = new Map<string, string | null>();
  /** When calls that keep a distance may come again. */
  readonly #next = new Map<PluginCall, number>();

  constructor(spec: Spec, load: Load, random: Randomness) {
    this.#spec = spec;
    this.#load = load;
    this.#stream = random.stream("plan/operations");
    this.#sizes = random.stream("plan/values");
    this.#calls = random.stream("plan/calls");
    this.#kinds = operationKinds.filter((kind) => (spec.mix[kind] ?? 0) > 0);
    this.#weights = this.#kinds.map((kind) => spec.mix[kind] ?? 0);
    this.#total = this.#weights.reduce((sum, weight) => sum + weight, 0);
    this.#padding = ".".repeat(spec.valueBytes.max);
    this.#hasSwaps = this.#kinds.includes("compareAndSwap");
    assert(this.#total > 0, "a mix has some operation");
    assert(!this.#kinds.includes("coprocessor") || spec.calls.length > 0, "calls have plugins");
  }

  operation(id: number, atUs: number): PlannedOperation {
    const stream = this.#stream;
    // Always four draws, so that one operation's kind does not move the next one's draws.
    const client = stream.below(this.#load.clients);
    const kind = this.#kinds[pickWeighted(this.#weights, stream.below(this.#total))] ?? "get";
    const drawn = stream.below(this.#load.keys);
    const extra = stream.uint32();
    const key = this.#allowed(kind, kind === "compareAndSwap" ? this.#turn(atUs, drawn) : drawn);
    if (kind === "coprocessor") {
      const isCall = atUs < this.#load.breakUs || extra % this.#spec.healedCallsOneIn === 0;
      const request = this.#call(id, atUs);
      return { id, atUs, client, request: isCall ? request : { kind: "get", key: keyOf(key) } };
    }
    return { id, atUs, client, request: this.#request(kind, id, key, extra) };
  }

  #request(
    kind: Exclude<OperationKind, "coprocessor">,
    id: number,
    position: number,
    extra: number,
  ): HistoryRequest {
    const key = keyOf(position);
    switch (kind) {
      case "get":
      case "delete":
        return { kind, key };
      case "put": {
        const value = this.#value(String(id));
        this.#last.set(key, value);
        return { kind, key, value };
      }
      case "batchGet":
      case "batchDelete":
        return { kind, keys: this.#some(kind, position, extra).map(keyOf) };
      case "batchPut": {
        const pairs = this.#some(kind, position, extra).map((one, at) => {
          const value = this.#value(`${id}.${at}`);
          this.#last.set(keyOf(one), value);
          return [keyOf(one), value] as const;
        });
        return { kind, pairs };
      }
      case "compareAndSwap": {
        const isRival = extra % 8 < 3;
        const known = isRival ? this.#expected.get(key) : this.#last.get(key);
        const previous = extra % 8 === 7 ? null : (known ?? null);
        const value = this.#value(String(id));
        this.#last.set(key, value);
        this.#expected.set(key, previous);
        return { kind, key, previous, value };
      }
      case "scan":
      case "deleteRange":
        return this.#range(kind, position, extra);
      default:
        return unreachable(kind);
    }
  }

  /** Two keys at a time are swapped, so that swaps meet. */
  #turn(atUs: number, drawn: number): number {
    const places = Math.ceil(this.#load.keys / swapStride);
    return ((Math.floor(atUs / swapTurnUs) + (drawn % 2)) % places) * swapStride;
  }

  /** The nearest key at or below a drawn one that such an operation may change. */
  #allowed(kind: OperationKind, position: number): number {
    if (!this.#hasSwaps || kind === "get" || kind === "scan" || kind === "batchGet") {
      return position;
    }
    if (kind === "compareAndSwap") return Math.max(0, position - (position % swapStride));
    if (position % swapStride > 0) return position;
    return position + 1 < this.#load.keys ? position + 1 : Math.max(0, position - 1);
  }

  #range(kind: "scan" | "deleteRange", position: number, extra: number): HistoryRequest {
    const { keys } = this.#load;
    if (kind === "deleteRange") {
      const length = this.#hasSwaps
        ? 1 + (extra % (swapStride - (position % swapStride)))
        : 1 + (extra % 3);
      const end = keyOf(Math.min(keys, position + length));
      return { kind, start: keyOf(position), end };
    }
    const end = keyOf(Math.min(keys, position + 1 + (extra % keys)));
    const limit = 1 + ((extra >>> 8) % (2 * keys));
    return { kind, start: keyOf(position), end, limit, reverse: (extra >>> 20) % 4 === 0 };
  }

  /** Two to four keys, all different. */
  #some(kind: OperationKind, position: number, extra: number): readonly number[] {
    const { keys } = this.#load;
    const count = Math.min(keys, 2 + (extra % 3));
    const stride = 1 + ((extra >>> 4) % Math.max(1, Math.floor(keys / count)));
    const some = Array.from({ length: count }, (_, at) => (position + at * stride) % keys);
    return [...new Set(some.map((one) => this.#allowed(kind, one)))];
  }

  /** No two writes of a plan write the same value. */
  #value(unique: string): string {
    const { min, max } = this.#spec.valueBytes;
    const size = this.#sizes.between(min, max);
    return size <= unique.length ? unique : unique + this.#padding.slice(unique.length, size);
  }

  #call(id: number, atUs: number): HistoryRequest {
    const stream = this.#calls;
    const call = this.#pickCall(stream, atUs);
    const { names, requirements, data, ownKeys: isOwn, span, spacingUs } = call;
    const isContract = this.#load.fidelity === "contract";
    this.#next.set(call, atUs + (isContract ? (call.contractSpacingUs ?? spacingUs) : spacingUs));
    const keys = isOwn ? ownKeys : this.#load.keys;
    const name = stream.pick(names);
    const versionReq = stream.pick(requirements);
    const ranges = drawRanges(stream, { keys, span, call });
    const parts = { stream, id, keys };
    return { kind: "coprocessor", name, versionReq, ranges, data: data(parts) };
  }

  /** One of the calls that may come now, by their weights. */
  #pickCall(stream: Stream, atUs: number): PluginCall {
    const isHealed = atUs >= this.#load.breakUs;
    const isOpen = (one: PluginCall): boolean =>
      !(one.breakOnly && isHealed) && atUs >= (this.#next.get(one) ?? 0);
    const { calls } = this.#spec;
    let total = 0;
    for (const one of calls) if (isOpen(one)) total += one.weight;
    assert(total > 0, "some calls of a spec stop no store");
    let left = stream.below(total);
    const call = calls.find((one) => {
      if (isOpen(one)) left -= one.weight;
      return left < 0;
    });
    assert(call !== undefined, "a coprocessor call is drawn from the spec's");
    return call;
  }
}

/** One or two ranges of so many keys each; the second one behind the first. */
function drawRanges(
  stream: Stream,
  { keys, span, call }: { readonly keys: number; readonly span: Range; readonly call: PluginCall },
): readonly { readonly start: string; readonly end: string }[] {
  const text = call.ownKeys ? ownKeyOf : keyOf;
  const start = stream.below(keys);
  const length = Math.min(keys, stream.between(span.min, span.max));
  const end = Math.min(keys, start + length);
  const first = { start: text(start), end: text(end) };
  const isSplit = stream.chance(1, 4) && end < keys;
  return isSplit ? [first, { start: text(end), end: text(Math.min(keys, end + length)) }] : [first];
}

/** The position whose weights add up beyond `at`. */
function pickWeighted(weights: readonly number[], at: number): number {
  let left = at;
  for (let position = 0; position < weights.length; position++) {
    left -= weights[position] ?? 0;
    if (left < 0) return position;
  }
  return weights.length - 1;
}
