/** The contract of the example plugin `aggregate`: its README is the format. */
import fc from "fast-check";
import {
  type AggregateRequest,
  type AggregateResponse,
  aggregateNames,
  averageOf,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  mergeResponses,
  modelResponse,
} from "../../../plugins/examples/aggregate/index.ts";
import { latin1Text } from "../../../sim/bytes.ts";
import { type Contract, defineContract } from "../contract.ts";

const numbers = fc.oneof(
  fc.bigInt({ min: -100n, max: 100n }),
  fc.bigInt({ min: -(1n << 40n), max: 1n << 40n }),
);

const values = fc.oneof(
  { weight: 9, arbitrary: numbers.map(numberBytes) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
);

const keys = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 30 }).map((at) => `k${String(at).padStart(2, "0")}`) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ minLength: 1, maxLength: 5 }).map((bytes) => latin1Text(bytes)),
  },
);

const requests: fc.Arbitrary<AggregateRequest> = fc.record({
  wants: fc.subarray([...aggregateNames], { minLength: 1 }),
  order: fc.constantFrom("largest" as const, "smallest" as const),
  top: fc.nat({ max: 4 }),
  keyPrefix: fc.constantFrom("", "", "", "k", "k1"),
});

/** What a client of aggregates shows: averages are divided here, after the last merge. */
type Result = ReturnType<typeof resultOf>;

function resultOf(response: AggregateResponse) {
  if (response.kind === "badRequest") return response;
  const { wants, skipped, count, sum, min, max, top } = response;
  return { wants, skipped, count, sum, min, max, average: averageOf(response), top };
}

/** Aggregates of signed 64-bit integers over ranges. */
export const aggregateContract: Contract = defineContract({
  codec: {
    encodeReq: encodeRequest,
    decodeReq: (data) => {
      const decoded = decodeRequest(data);
      return decoded.kind === "request" ? decoded.request : null;
    },
    decodeRes: decodeResponse,
  },
  isRefusal: ({ kind }) => kind === "badRequest",
  merge: (parts) => resultOf(mergeResponses(parts.map(({ res }) => res))),
  show: { result: resultWords, value: valueWords },
  kind: "read",
  // A scan for each range: over several, no state of the rows is promised (its README says so).
  isolation: "read-committed",
  gen: {
    data: fc.array(fc.record({ key: keys, value: values }), { maxLength: 10 }),
    request: requests,
  },
  model: (rows, request, ranges) => ({ result: resultOf(modelResponse(rows, ranges, request)) }),
});

function resultWords(result: Result): string {
  if ("kind" in result) return `bad request: ${result.reason} at byte ${result.offset}`;
  const words = result.wants.map((name) => {
    if (name !== "top") return `${name} ${result[name] ?? "none"}`;
    return `top ${(result.top ?? []).map(({ key, value }) => `${key}=${value}`).join(" ")}`;
  });
  return [...words, ...(result.skipped > 0n ? [`skipped ${result.skipped}`] : [])].join(", ");
}

function numberBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return bytes;
}

function valueWords(value: Uint8Array): string {
  if (value.length !== 8) return `${value.length} bytes`;
  return new DataView(value.buffer, value.byteOffset, 8).getBigInt64(0, true).toString();
}
