/**
 * A toy plugin with switchable bugs, to test and score the checks with. Request: `[1, 0]`. Answer:
 * `[0, count, sum]` of the rows' first bytes, modulo 256, or `[1]` for a refusal.
 */
import fc from "fast-check";
import {
  hostBuildInfo,
  type InProcessHandler,
  inProcessPlugin,
  type KeyRange,
  type KvPair,
  type PreparedPlugin,
} from "../../../plugins/index.ts";
import { emptyBytes } from "../../../sim/bytes.ts";
import { type Contract, type ContractDefinition, defineContract } from "../contract.ts";

/** Each a bug, named by what it does. */
export type ToyBug =
  | "none"
  | "remembers"
  | "limits-before-merge"
  | "first-range-only"
  | "doubles"
  | "answers-garbage"
  | "swallows"
  | "rewraps"
  | "writes-after-error"
  | "panics-on-error"
  | "panics-on-long-values"
  | "loops-on-a-row"
  | "panics-on-short-request"
  | "believes-a-count"
  | "writes-when-malformed"
  | "errors-when-malformed"
  | "accepts-anything"
  | "refuses-in-garbage"
  | "forgets"
  | "calls-nothing";

/** What a Rust plugin would panic with: to the host, whatever is thrown is a panic. */
export class ToyPanic extends Error {
  override readonly name = "ToyPanic";
}

/** The toy with a bug. */
export function toyPlugin(bug: ToyBug): PreparedPlugin {
  const outside = { calls: 0 };
  return inProcessPlugin({
    info: { name: `toy-${bug}`, version: "1.0.0" },
    build: hostBuildInfo,
    create: () => handlerOf(bug, { outside, inside: { calls: 0 } }),
  });
}

type Counters = { readonly outside: { calls: number }; readonly inside: { calls: number } };

function handlerOf(bug: ToyBug, { outside, inside }: Counters): InProcessHandler {
  return function* handle(ranges, data, storage) {
    inside.calls++;
    outside.calls++;
    if (bug === "panics-on-short-request" && data.length < 2)
      throw new ToyPanic("index out of range");
    if (bug === "believes-a-count" && data[0] === 0xff) {
      for (;;) yield* storage.get("");
    }
    const wellFormed = data.length === 2 && data[0] === 1 && data[1] === 0;
    if (!wellFormed && bug !== "accepts-anything") {
      if (bug === "writes-when-malformed") yield* storage.put("x", emptyBytes);
      if (bug === "errors-when-malformed") {
        return { kind: "error", error: { kind: "other", text: "bad request", handle: 0 } };
      }
      if (bug === "refuses-in-garbage") return answer([9, 9]);
      if (bug === "forgets") return answer([1, outside.calls & 1]);
      return answer([1]);
    }
    if (bug === "calls-nothing") return answer([0, 0, 0]);
    const rows = new Map<string, Uint8Array>();
    for (const range of bug === "first-range-only" ? ranges.slice(0, 1) : ranges) {
      const found = yield* storage.scan(range);
      if (found.kind === "ok") {
        for (const { key, value } of found.value) rows.set(key, value);
      } else if (bug === "rewraps") {
        return { kind: "error", error: { kind: "other", text: "scan failed", handle: 0 } };
      } else if (bug === "writes-after-error") {
        yield* storage.put("failed", emptyBytes);
        return found;
      } else if (bug === "panics-on-error")
        throw new ToyPanic("called `Result::unwrap()` on an `Err`");
      else if (bug !== "swallows") return found;
    }
    if (bug === "panics-on-long-values" && [...rows.values()].some((one) => one.length > 4)) {
      throw new ToyPanic("value too long");
    }
    while (bug === "loops-on-a-row" && rows.size > 0) yield* storage.get("");
    return answer(totals(bug, [...rows.values()], inside.calls));
  };
}

const answer = (bytes: readonly number[]) =>
  ({ kind: "response", data: Uint8Array.from(bytes) }) as const;

function totals(bug: ToyBug, values: readonly Uint8Array[], calls: number): readonly number[] {
  const sum = values.reduce((total, value) => total + (value[0] ?? 0), 0);
  switch (bug) {
    case "remembers":
      return [0, values.length, sum + (calls > 1 ? 1 : 0)];
    case "limits-before-merge":
      return [0, Math.min(2, values.length), sum];
    case "doubles":
      return [0, values.length * 2, sum];
    case "answers-garbage":
      return [9];
    default:
      return [0, values.length, sum];
  }
}

type Totals = { readonly count: number; readonly sum: number };
type Request = { readonly version: number };
type Definition = ContractDefinition<Request, Totals | "refused", Totals | "refused">;

/** The toy's contract, with parts replaced. */
export function toyContract(changes: Partial<Definition> = {}): Contract {
  return defineContract({ ...definition, ...changes });
}

/** The toy's contract of an author who wrote no model. */
export function toyContractWithoutModel(): Contract {
  const { model: _, ...rest } = definition;
  return defineContract(rest);
}

/** The toy's contract, always over two ranges with rows: something can fall between the scans. */
export function toyContractOfTwoScans(): Contract {
  const keys = [1, 12, 17, 2, 20];
  const data = keys.map((at) => ({ key: `k${at}`, value: Uint8Array.of(at) }));
  const ranges = [
    { start: "", end: "k15" },
    { start: "k15", end: "" },
  ];
  const { request } = definition.gen;
  return toyContract({ gen: { data: fc.constant(data), request, ranges: fc.constant(ranges) } });
}

const rows: fc.Arbitrary<readonly KvPair[]> = fc.array(
  fc.record({
    key: fc.nat({ max: 20 }).map((at) => `k${at}`),
    value: fc.uint8Array({ minLength: 1, maxLength: 2 }),
  }),
  { maxLength: 6 },
);
const wholeSpace: readonly KeyRange[] = [{ start: "", end: "" }];
const byte = (value: number): number => value & 0xff;

/** What `toyContract` starts from. */
export const definition: Definition = {
  codec: {
    encodeReq: () => Uint8Array.of(1, 0),
    decodeReq: (data) =>
      data.length === 2 && data[0] === 1 && data[1] === 0 ? { version: 1 } : null,
    decodeRes: (data) => {
      if (data[0] === 1) return "refused";
      return data[0] === 0 ? { count: data[1] ?? 0, sum: data[2] ?? 0 } : null;
    },
  },
  isRefusal: (one) => one === "refused",
  merge: (parts) => {
    const answers = parts.map(({ res }) => res).filter((res) => res !== "refused");
    if (answers.length < parts.length) return "refused";
    const count = answers.reduce((sum, one) => sum + one.count, 0);
    return { count: byte(count), sum: byte(answers.reduce((sum, one) => sum + one.sum, 0)) };
  },
  gen: { data: rows, request: fc.constant({ version: 1 }), ranges: fc.constant(wholeSpace) },
  model: (state, _, ranges) => {
    const inside = [...state].filter(([key]) =>
      ranges.some(({ start, end }) => key >= start && (end === "" || key < end)),
    );
    const sum = inside.reduce((total, [, value]) => total + (value[0] ?? 0), 0);
    return { result: { count: inside.length, sum: byte(sum) } };
  },
  budgets: { ops: 50, keys: 6_000 },
};
