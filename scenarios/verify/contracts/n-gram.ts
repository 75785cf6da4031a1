/** The contract of the example plugin `n-gram`: its README is the format. */
import fc from "fast-check";
import {
  type Candidate,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  type FoundDocument,
  indexRanges,
  mergeResponses,
  modelAnswer,
  type NGramRequest,
  type NGramResult,
  rowsOf,
} from "../../../plugins/examples/n-gram/index.ts";
import type { KvPair } from "../../../plugins/index.ts";
import { hex, latin1Bytes, latin1Text } from "../../../sim/bytes.ts";
import { type Contract, defineContract } from "../contract.ts";

const index = "t";
const indexes = fc.constant(index);
const documents = fc.constantFrom("a", "ab", "b");
const versions = fc.integer({ min: 1, max: 3 }).map(BigInt);
/** Few, and one of them often: grams must be shared for their numbers to matter. */
const letters = fc.constantFrom("a", "a", "a", "A", "b");
const texts = fc
  .oneof(
    { weight: 4, arbitrary: fc.array(letters, { minLength: 3, maxLength: 5 }) },
    { weight: 1, arbitrary: fc.array(letters, { maxLength: 2 }) },
  )
  .map((all) => latin1Bytes(all.join("")));
const queries = fc
  .array(letters, { minLength: 3, maxLength: 4 })
  .map((all) => latin1Bytes(all.join("")));
const modes = fc.constantFrom("all" as const, "any" as const);
const names = fc.record({ document: documents, version: versions });

/** Some versions, whole or with rows that a dead client has not written. */
const rows: fc.Arbitrary<readonly KvPair[]> = fc
  .array(fc.tuple(names, fc.option(texts, { freq: 5 }), fc.nat({ max: 9 })), { maxLength: 5 })
  .map((all) =>
    all.flatMap(([name, text, missing]) => {
      const pairs = [...rowsOf(index, name, text)].map(([key, value]) => ({ key, value }));
      return pairs.toSpliced(missing, 1);
    }),
  );

/** What others have left among the index's keys. */
const strangers: fc.Arbitrary<readonly KvPair[]> = fc.array(
  fc.record({
    key: fc
      .tuple(fc.constantFrom("t/i/aab", "t/d/a\0", "t/d/"), fc.uint8Array({ maxLength: 9 }))
      .map(([head, tail]) => head + latin1Text(tail)),
    value: fc.uint8Array({ maxLength: 5 }),
  }),
  { maxLength: 1 },
);

/** All of the index, as clients send it; and ends where they never are by themselves. */
const bounds = fc.constantFrom("", "t/d/ab\0", "t/i/", "t/i/aaa", "t/i/aaaab\0", "t/i/aab", "t0");
const ranges = fc.oneof(
  { weight: 3, arbitrary: fc.constant(indexRanges(index)) },
  { weight: 1, arbitrary: fc.constant([{ start: "", end: "" }]) },
  {
    weight: 2,
    arbitrary: fc.array(fc.record({ start: bounds, end: bounds }), { minLength: 1, maxLength: 2 }),
  },
);

const requests: fc.Arbitrary<NGramRequest> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("search" as const),
      index: indexes,
      mode: modes,
      query: queries,
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom("put" as const, "put" as const, "purge" as const), names, texts)
      .map(([kind, name, text]) => ({ kind, index, ...name, text })),
  },
  { weight: 1, arbitrary: names.map((name) => ({ kind: "remove" as const, index, ...name })) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.tuple(documents, fc.integer({ min: 0, max: 2 })), { minLength: 1, maxLength: 2 })
      .map((all) => ({
        kind: "fetch" as const,
        index,
        names: all.map(([document, version]) => ({ document, version: BigInt(version) })),
      })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "stale" as const, index }) },
);

/** Full-text search by n-grams, with the upkeep of its index. */
export const nGramContract: Contract = defineContract({
  codec: {
    encodeReq: encodeRequest,
    decodeReq: (data) => {
      const decoded = decodeRequest(data);
      return decoded.kind === "badRequest" ? null : decoded;
    },
    decodeRes: decodeResponse,
  },
  isRefusal: ({ kind }) => kind === "badRequest",
  merge: (parts) => mergeResponses(parts.map(({ res }) => res)),
  show: { result: resultWords, request: requestWords },
  kind: "write-idempotent",
  isolation: "read-committed",
  gen: {
    data: fc.tuple(rows, strangers).map(([own, others]) => [...own, ...others]),
    request: requests,
    ranges,
  },
  model: (stored, request, ranges) => modelAnswer(stored, ranges, request),
});

function resultWords(result: NGramResult): string {
  switch (result.kind) {
    case "badRequest":
      return `bad request: ${result.reason} at byte ${result.offset}`;
    case "written":
      return `wrote ${result.applied} of ${result.rows} rows`;
    case "candidates":
      return result.candidates.map(candidateWords).join(", ") || "no candidate";
    case "documents":
      return result.documents.map(documentWords).join(", ");
    case "stale":
      return `may go: ${result.removable.map(nameWords).join(" ") || "none"}`;
  }
}

const nameWords = (name: { readonly document: string; readonly version: bigint }): string =>
  `${name.document}@${name.version}`;
const candidateWords = (one: Candidate): string => `${nameWords(one)} scores ${one.score}`;

function documentWords(found: FoundDocument): string {
  if (found.state === "absent") return "absent";
  const text = found.state === "live" ? ` ${textWords(found.text)}` : "";
  return `${found.state} @${found.version}${text}`;
}

const textWords = (text: Uint8Array): string =>
  text.every((byte) => byte >= 32 && byte < 127) ? `"${latin1Text(text)}"` : hex(text);

function requestWords(request: NGramRequest): string {
  switch (request.kind) {
    case "put":
    case "purge":
      return `${request.kind} ${nameWords(request)} ${textWords(request.text)}`;
    case "remove":
      return `remove ${nameWords(request)}`;
    case "search":
      return `search ${request.mode} of ${textWords(request.query)}`;
    case "fetch":
      return `fetch ${request.names.map(nameWords).join(" ")}`;
    case "stale":
      return "stale";
  }
}
