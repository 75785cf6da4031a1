/**
 * The n-gram plugin's requests and responses for its clients: README.md beside this file is the
 * wire format. Texts are bytes; document names and grams are latin1 strings, one character a byte.
 */
import { FrameReader, FrameWriter, Malformed } from "../wire-frame.ts";

/** A version of a document. The client chooses the version; the greatest counts. */
export type DocumentName = { readonly document: string; readonly version: bigint };

/** What a client asks for; `index` keeps indexes apart. */
export type NGramRequest =
  | ({ readonly kind: "put"; readonly index: string; readonly text: Uint8Array } & DocumentName)
  | ({ readonly kind: "remove"; readonly index: string } & DocumentName)
  /** Takes a version away that a newer one has superseded; `text` as it was put. */
  | ({ readonly kind: "purge"; readonly index: string; readonly text: Uint8Array } & DocumentName)
  | {
      readonly kind: "search";
      readonly index: string;
      /** Whether a document must have all grams of the query, or any. */
      readonly mode: "all" | "any";
      readonly query: Uint8Array;
    }
  /** Version 0 stands for the newest. */
  | { readonly kind: "fetch"; readonly index: string; readonly names: readonly DocumentName[] }
  | { readonly kind: "stale"; readonly index: string };

/** Why a request is refused, by its number from 1 on. */
export const nGramRefusals = [
  "short",
  "version",
  "operation",
  "index",
  "document",
  "text",
  "query",
  "mode",
  "count",
  "trailing",
  "number",
] as const;
/** One of them. */
export type NGramRefusalReason = (typeof nGramRefusals)[number];

/** A refused request: why, and at which byte of it. */
export type NGramRefusal = {
  readonly kind: "badRequest";
  readonly reason: NGramRefusalReason;
  readonly offset: number;
};

/** A version of a document that has a gram, and how often. */
export type Posting = DocumentName & { readonly count: number };

/** What a part knows of one gram of the query. */
export type GramList = {
  readonly gram: string;
  /** Documents that have it, also those that were left out because they lack another gram. */
  readonly documents: number;
  readonly postings: readonly Posting[];
};

/** What is stored of a document. */
export type FoundDocument =
  | { readonly state: "absent" }
  | { readonly state: "live"; readonly version: bigint; readonly text: Uint8Array }
  | { readonly state: "removed"; readonly version: bigint };

/** What one part answers, unless a storage error took its place. */
export type NGramResponse =
  | NGramRefusal
  /** How many of the write's rows lay inside the ranges, and how many there are in all. */
  | { readonly kind: "written"; readonly applied: number; readonly rows: number }
  /** By the query's distinct grams, in order. */
  | {
      readonly kind: "candidates";
      readonly mode: "all" | "any";
      readonly grams: readonly GramList[];
    }
  /** In the order of the request's names. */
  | { readonly kind: "documents"; readonly documents: readonly FoundDocument[] }
  | {
      readonly kind: "stale";
      readonly removable: readonly DocumentName[];
      /** Newest versions at the ends of the ranges: another part may hold a newer one. */
      readonly borders: readonly DocumentName[];
    };

const formatVersion = 1;
const operations = ["put", "remove", "purge", "search", "fetch", "stale"] as const;
const responses = ["badRequest", "written", "candidates", "documents", "stale"] as const;

/** Bytes of a text at most. */
export const textBytesMax = 4_096;

/** The request's bytes. */
export function encodeRequest(request: NGramRequest): Uint8Array {
  const into = new FrameWriter();
  into.u8(formatVersion);
  into.u8(operations.indexOf(request.kind) + 1);
  into.text(request.index);
  switch (request.kind) {
    case "put":
    case "purge":
      writeName(into, request);
      into.bytes(request.text);
      break;
    case "remove":
      writeName(into, request);
      break;
    case "search":
      into.u8(request.mode === "all" ? 0 : 1);
      into.bytes(request.query);
      break;
    case "fetch":
      into.list(request.names, (name) => writeName(into, name));
      break;
    case "stale":
      break;
  }
  return into.done();
}

/** Decodes a request as the plugin does: fields in order, the first wrong one is the reason. */
export function decodeRequest(data: Uint8Array): NGramRequest | NGramRefusal {
  const from = new FrameReader(data);
  try {
    const request = readRequest(from);
    if (from.left > 0) throw new Malformed("trailing", from.at);
    return request;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const reason = nGramRefusals.find((one) => one === error.message) ?? "short";
    return { kind: "badRequest", reason, offset: error.offset };
  }
}

function readRequest(from: FrameReader): NGramRequest {
  if (from.u8() !== formatVersion) throw new Malformed("version", 0);
  const kind = operations[from.u8() - 1];
  if (kind === undefined) throw new Malformed("operation", 1);
  const index = readText(from, { reason: "index", min: 1, max: 16, without: "/" });
  switch (kind) {
    case "put":
    case "purge":
      return { kind, index, ...readName(from, 1n), text: readBytes(from, "text", 0, textBytesMax) };
    case "remove":
      return { kind, index, ...readName(from, 1n) };
    case "search": {
      const mode = from.u8();
      if (mode > 1) throw new Malformed("mode", from.at - 1);
      const query = readBytes(from, "query", 3, 64);
      return { kind, index, mode: mode === 0 ? "all" : "any", query };
    }
    case "fetch": {
      const start = from.at;
      const count = from.u32();
      if (count < 1 || count > 64) throw new Malformed("count", start);
      return { kind, index, names: from.items(count, () => readName(from, 0n)) };
    }
    case "stale":
      return { kind, index };
  }
}

function readBytes(
  from: FrameReader,
  reason: NGramRefusalReason,
  min: number,
  max: number,
): Uint8Array {
  const start = from.at;
  const bytes = from.bytes();
  if (bytes.length < min || bytes.length > max) throw new Malformed(reason, start);
  return bytes;
}

type TextRule = {
  readonly reason: NGramRefusalReason;
  readonly min: number;
  readonly max: number;
  readonly without: string;
};

function readText(from: FrameReader, { reason, min, max, without }: TextRule): string {
  const start = from.at;
  const text = from.text();
  const isPlain = text.length >= min && text.length <= max && !text.includes(without);
  if (!isPlain) throw new Malformed(reason, start);
  return text;
}

function readName(from: FrameReader, versionMin: bigint): DocumentName {
  const document = readText(from, { reason: "document", min: 1, max: 64, without: "\0" });
  const start = from.at;
  const version = from.u64();
  if (version < versionMin) throw new Malformed("number", start);
  return { document, version };
}

function writeName(into: FrameWriter, { document, version }: DocumentName): void {
  into.text(document);
  into.u64(version);
}

/** Decodes a response; null if it is none. */
export function decodeResponse(data: Uint8Array): NGramResponse | null {
  const from = new FrameReader(data);
  try {
    const response = readResponse(from);
    return from.left === 0 ? response : null;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

function readResponse(from: FrameReader): NGramResponse | null {
  if (from.u8() !== formatVersion) return null;
  const kind = responses[from.u8()];
  const names = () => from.list(12, () => readName(from, 0n));
  switch (kind) {
    case "badRequest": {
      const reason = nGramRefusals[from.u8() - 1];
      return reason === undefined ? null : { kind, reason, offset: from.u32() };
    }
    case "written":
      return { kind, applied: from.u32(), rows: from.u32() };
    case "candidates": {
      const mode = from.u8() === 0 ? "all" : "any";
      return { kind, mode, grams: from.list(11, () => readGram(from)) };
    }
    case "documents":
      return { kind, documents: from.list(1, () => readDocument(from)) };
    case "stale": {
      const removable = names();
      return { kind, removable, borders: names() };
    }
    default:
      return null;
  }
}

function readGram(from: FrameReader): GramList {
  const gram = String.fromCharCode(from.u8(), from.u8(), from.u8());
  const documents = from.u32();
  const postings = from.list(16, () => ({ ...readName(from, 0n), count: from.u32() }));
  return { gram, documents, postings };
}

function readDocument(from: FrameReader): FoundDocument {
  const state = from.u8();
  if (state === 0) return { state: "absent" };
  const version = from.u64();
  if (state === 2) return { state: "removed", version };
  if (state !== 1) throw new Malformed("state", from.at);
  return { state: "live", version, text: from.bytes() };
}
