import { FrameWriter, Range, Slice } from "../../../sdk/assemblyscript/assembly/index";
import { Name } from "./request";

const slash: u8 = 0x2f;
const documents: u8 = 0x64; // d
const postings: u8 = 0x69; // i

/** Where a version of a document is stored. */
export function documentKey(index: Uint8Array, name: Name): Uint8Array {
  const into = head(index, documents);
  writeName(into, name);
  return into.done();
}

/** Where it is stored that a version of a document has a gram: a text has thousands of them. */
export function postingKey(index: Uint8Array, gram: u32, name: Name): Uint8Array {
  const from = postingHeadBytes(index);
  const document = name.document;
  const key = new Uint8Array(from + document.length + 9);
  const start = key.dataStart;
  memory.copy(start, index.dataStart, index.length);
  store<u8>(start + index.length, slash);
  store<u8>(start + index.length + 1, postings);
  store<u8>(start + index.length + 2, slash);
  store<u8>(start + from - 3, <u8>(gram >> 16));
  store<u8>(start + from - 2, <u8>(gram >> 8));
  store<u8>(start + from - 1, <u8>gram);
  memory.copy(start + from, document.dataStart, document.length);
  store<u64>(start + from + document.length + 1, bswap<u64>(name.version));
  return key;
}

/** All versions of a document. */
export function documentSpan(index: Uint8Array, document: Uint8Array): Range {
  const into = head(index, documents);
  into.raw(document);
  const end = head(index, documents);
  end.raw(document);
  into.u8(0);
  end.u8(1);
  return new Range(into.done(), end.done());
}

/** All documents. */
export function documentsSpan(index: Uint8Array): Range {
  return new Range(head(index, documents).done(), afterHead(index, documents));
}

/** All postings of a gram. */
export function gramSpan(index: Uint8Array, gram: u32): Range {
  const start = head(index, postings);
  writeGram(start, gram);
  if (gram === 0xffffff) return new Range(start.done(), afterHead(index, postings));
  const end = head(index, postings);
  writeGram(end, gram + 1);
  return new Range(start.done(), end.done());
}

/** Writes a gram's three bytes. */
export function writeGram(into: FrameWriter, gram: u32): void {
  into.u8(<u8>(gram >> 16));
  into.u8(<u8>(gram >> 8));
  into.u8(<u8>gram);
}

/** The document and version at the end of a key, from byte `from` on; null: somebody else's key. */
export function nameIn(key: Slice, from: i32): Name | null {
  const end = key.length - 9;
  if (end <= from) return null;
  for (let at = from; at < end; at++) if (load<u8>(key.pointer + at) === 0) return null;
  if (load<u8>(key.pointer + end) !== 0) return null;
  const document = new Uint8Array(end - from);
  memory.copy(document.dataStart, key.pointer + from, document.length);
  return new Name(document, bswap<u64>(load<u64>(key.pointer + end + 1)));
}

/** Bytes of a key before the document: index, "/d/". */
export function documentHeadBytes(index: Uint8Array): i32 {
  return index.length + 3;
}

/** Bytes of a key before the document: index, "/i/", gram. */
export function postingHeadBytes(index: Uint8Array): i32 {
  return index.length + 6;
}

function head(index: Uint8Array, kind: u8): FrameWriter {
  const into = new FrameWriter();
  into.raw(index);
  into.u8(slash);
  into.u8(kind);
  into.u8(slash);
  return into;
}

/** The first key after all that begin with the head. */
function afterHead(index: Uint8Array, kind: u8): Uint8Array {
  const into = new FrameWriter();
  into.raw(index);
  into.u8(slash);
  into.u8(kind);
  into.u8(slash + 1);
  return into.done();
}

function writeName(into: FrameWriter, name: Name): void {
  into.raw(name.document);
  into.u8(0);
  into.word(name.version);
}
