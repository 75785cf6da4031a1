/** What the n-gram plugin must answer: the reference over plain rows, and the client's merges. */
import { assert } from "../../../sim/assert.ts";
import { latin1Text } from "../../../sim/bytes.ts";
import type { KeyRange } from "../../api.ts";
import type {
  DocumentName,
  FoundDocument,
  GramList,
  NGramRefusal,
  NGramRequest,
  NGramResponse,
  Posting,
} from "./codec.ts";
import { documentIn, documentKey, gramsOf, postingIn, rowsOf } from "./rows.ts";

/** A version of a document that may match, and its weight in this search. */
export type Candidate = DocumentName & { readonly score: number };

/** What the client makes of all parts. */
export type NGramResult =
  | NGramRefusal
  /** All rows were written if both are the same. */
  | { readonly kind: "written"; readonly applied: number; readonly rows: number }
  /** Best first; documents of equal score by name, the newer version first. */
  | { readonly kind: "candidates"; readonly candidates: readonly Candidate[] }
  | { readonly kind: "documents"; readonly documents: readonly FoundDocument[] }
  /** Versions that `purge` may take, in order. */
  | { readonly kind: "stale"; readonly removable: readonly DocumentName[] };

/** The client's merge of the parts of one request, at least one. A refusal is the whole's. */
export function mergeResponses(parts: readonly NGramResponse[]): NGramResult {
  const refusal = parts.find((part) => part.kind === "badRequest");
  if (refusal !== undefined) return refusal;
  const [first] = parts;
  assert(first !== undefined, "a request has at least one part");
  switch (first.kind) {
    case "badRequest":
      return first;
    case "written": {
      const counts = parts.map((part) => (part.kind === "written" ? part.applied : 0));
      const applied = counts.reduce((sum, count) => sum + count, 0);
      return { kind: "written", applied, rows: first.rows };
    }
    case "candidates": {
      const lists = parts.map((part) => (part.kind === "candidates" ? part.grams : []));
      const grams = first.grams.map(({ gram }, at) => sumOf(gram, lists, at));
      return { kind: "candidates", candidates: candidatesOf(first.mode, grams) };
    }
    case "documents": {
      const lists = parts.map((part) => (part.kind === "documents" ? part.documents : []));
      const documents = first.documents.map((_, at) =>
        lists.map((list): FoundDocument => list[at] ?? { state: "absent" }).reduce(newer),
      );
      return { kind: "documents", documents };
    }
    case "stale":
      return { kind: "stale", removable: removableOf(parts) };
  }
}

function sumOf(gram: string, parts: readonly (readonly GramList[])[], at: number): GramList {
  const lists = parts.flatMap((part) => part[at] ?? []);
  return {
    gram,
    documents: lists.reduce((sum, { documents }) => sum + documents, 0),
    postings: lists.flatMap(({ postings }) => postings),
  };
}

/** Parts of one in how many documents have a gram, so that scores are whole numbers everywhere. */
const scoreUnit = 1_000_000;

/** What is rare weighs more: a gram's count in the document over the documents with it, plus 1. */
function candidatesOf(mode: "all" | "any", grams: readonly GramList[]): readonly Candidate[] {
  const found = new Map<string, Candidate & { readonly grams: number }>();
  for (const { documents, postings } of grams) {
    for (const { document, version, count } of postings) {
      const key = documentKey("", { document, version });
      const known = found.get(key) ?? { score: 0, grams: 0 };
      const score = known.score + Math.floor((count * scoreUnit) / (documents + 1));
      found.set(key, { document, version, score, grams: known.grams + 1 });
    }
  }
  return [...found.values()]
    .filter((one) => mode === "any" || one.grams === grams.length)
    .map(({ document, version, score }) => ({ document, version, score }))
    .sort(bestFirst);
}

function bestFirst(a: Candidate, b: Candidate): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.document !== b.document) return a.document < b.document ? -1 : 1;
  return a.version > b.version ? -1 : 1;
}

function newer(a: FoundDocument, b: FoundDocument): FoundDocument {
  if (a.state === "absent") return b;
  return b.state === "absent" || b.version < a.version ? a : b;
}

/** What parts call removable, and borders that another part's border supersedes. */
function removableOf(parts: readonly NGramResponse[]): readonly DocumentName[] {
  const stale = parts.filter((part) => part.kind === "stale");
  const borders = stale.flatMap((part) => part.borders);
  const superseded = borders.filter(({ document, version }) =>
    borders.some((other) => other.document === document && other.version > version),
  );
  return inOrder([...stale.flatMap((part) => part.removable), ...superseded]);
}

/** Sorted, none twice. */
function inOrder(names: readonly DocumentName[]): readonly DocumentName[] {
  const byKey = new Map(names.map((name) => [documentKey("", name), name]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
}

/**
 * The client's second round of a search: of the candidates, those whose newest version it is and
 * whose text really has the query (A to Z as a to z; mode "any": any of its grams).
 */
export function matchesOf(
  { mode, query }: Extract<NGramRequest, { readonly kind: "search" }>,
  candidates: readonly Candidate[],
  newest: ReadonlyMap<string, FoundDocument>,
): readonly Candidate[] {
  const asked = folded(query);
  const grams = [...gramsOf(query).keys()];
  return candidates.filter(({ document, version }) => {
    const found = newest.get(document);
    if (found?.state !== "live" || found.version !== version) return false;
    const text = folded(found.text);
    return mode === "all" ? text.includes(asked) : grams.some((gram) => text.includes(gram));
  });
}

const folded = (text: Uint8Array): string =>
  latin1Text(text).replace(/[A-Z]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 32));

/** The whole answer over `ranges` of a map of rows, and the rows afterwards. */
export function modelAnswer(
  rows: ReadonlyMap<string, Uint8Array>,
  ranges: readonly KeyRange[],
  request: NGramRequest,
): { readonly result: NGramResult; readonly rows: ReadonlyMap<string, Uint8Array> } {
  const inside = (key: string) =>
    ranges.some(({ start, end }) => key >= start && (end === "" || key < end));
  const { index } = request;
  const covered = [...rows].filter(([key]) => inside(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  const documents = covered.flatMap(([key, value]) => documentIn(index, key, value) ?? []);
  switch (request.kind) {
    case "put":
    case "remove":
    case "purge": {
      const all = rowsOf(index, request, request.kind === "remove" ? null : request.text);
      const own = [...all].filter(([key]) => inside(key));
      const after = new Map(rows);
      for (const [key, value] of own) {
        if (request.kind === "purge") after.delete(key);
        else after.set(key, value);
      }
      return { result: { kind: "written", applied: own.length, rows: all.size }, rows: after };
    }
    case "search": {
      const postings = covered.flatMap(([key, value]) => postingIn(index, key, value) ?? []);
      const grams = [...gramsOf(request.query).keys()].map((gram): GramList => {
        const own: readonly Posting[] = postings.filter((one) => one.gram === gram);
        return { gram, documents: own.length, postings: own };
      });
      const candidates = candidatesOf(request.mode, grams);
      return { result: { kind: "candidates", candidates }, rows };
    }
    case "fetch": {
      const found = request.names.map(({ document, version }): FoundDocument => {
        const own = documents.filter((one) => one.document === document);
        const one = own.findLast((each) => version === 0n || each.version === version);
        if (one === undefined) return { state: "absent" };
        const { text } = one;
        return text === null
          ? { state: "removed", version: one.version }
          : { state: "live", version: one.version, text: Uint8Array.from(text) };
      });
      return { result: { kind: "documents", documents: found }, rows };
    }
    case "stale": {
      const superseded = documents.filter(({ document, version }) =>
        documents.some((other) => other.document === document && other.version > version),
      );
      const names = superseded.map(({ document, version }) => ({ document, version }));
      return { result: { kind: "stale", removable: inOrder(names) }, rows };
    }
  }
}
