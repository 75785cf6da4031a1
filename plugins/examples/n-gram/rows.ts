/** How an index lies in storage, for clients and for the reference. */
import { latin1Text } from "../../../sim/bytes.ts";
import type { KeyRange } from "../../api.ts";
import { FrameReader, FrameWriter, wordText } from "../wire-frame.ts";
import type { DocumentName, Posting } from "./codec.ts";

/** The grams of a text and how often each occurs: three bytes, A to Z as a to z. In order. */
export function gramsOf(text: Uint8Array): ReadonlyMap<string, number> {
  const folded = latin1Text(text.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte)));
  const counts = new Map<string, number>();
  for (let at = 0; at + 3 <= folded.length; at++) {
    const gram = folded.slice(at, at + 3);
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Where a version of a document is stored. */
export function documentKey(index: string, { document, version }: DocumentName): string {
  return `${index}/d/${document}\0${wordText(version)}`;
}

/** Where it is stored that a version of a document has a gram. */
export function postingKey(index: string, gram: string, name: DocumentName): string {
  return `${index}/i/${gram}${name.document}\0${wordText(name.version)}`;
}

/** All rows of a version: the document, or the mark of its removal (`text` null), and postings. */
export function rowsOf(
  index: string,
  name: DocumentName,
  text: Uint8Array | null,
): ReadonlyMap<string, Uint8Array> {
  const record = text === null ? Uint8Array.of(0) : Uint8Array.of(1, ...text);
  const rows = new Map<string, Uint8Array>([[documentKey(index, name), record]]);
  for (const [gram, count] of text === null ? [] : gramsOf(text)) {
    const into = new FrameWriter();
    into.u32(count);
    rows.set(postingKey(index, gram, name), into.done());
  }
  return rows;
}

/** The ranges that a client sends a request over: all of an index. "0" comes after "/". */
export function indexRanges(index: string): readonly KeyRange[] {
  return [{ start: `${index}/`, end: `${index}0` }];
}

/** A stored version of a document; `text` null: it was removed. */
export type StoredDocument = DocumentName & { readonly text: Uint8Array | null };

/** A row as a version of a document; null if it is none. */
export function documentIn(index: string, key: string, value: Uint8Array): StoredDocument | null {
  const name = nameIn(key, `${index}/d/`, 0);
  const [kind] = value;
  if (name === null || kind === undefined || kind > 1) return null;
  return { ...name, text: kind === 1 ? value.subarray(1) : null };
}

/** A row as a posting; null if it is none. */
export function postingIn(
  index: string,
  key: string,
  value: Uint8Array,
): (Posting & { readonly gram: string }) | null {
  const head = `${index}/i/`;
  const name = nameIn(key, head, 3);
  if (name === null || value.length !== 4) return null;
  const gram = key.slice(head.length, head.length + 3);
  return { ...name, gram, count: new FrameReader(value).u32() };
}

function nameIn(key: string, head: string, more: number): DocumentName | null {
  const from = head.length + more;
  const end = key.length - 9;
  if (!key.startsWith(head) || end <= from || key.indexOf("\0", from) !== end) return null;
  const word = Uint8Array.from(key.slice(end + 1), (one) => one.charCodeAt(0));
  return { document: key.slice(from, end), version: new FrameReader(word).u64() };
}
