import {
  batchDelete,
  batchPut,
  clip,
  compareBytes,
  FrameReader,
  FrameWriter,
  holds,
  joinRanges,
  Pair,
  PluginError,
  Range,
  replyError,
  replyResponse,
  Slice,
  scan,
  takeRequest,
} from "../../../sdk/assemblyscript/assembly/index";
import { Gram, gramsOf } from "./grams";
import {
  documentHeadBytes,
  documentKey,
  documentSpan,
  documentsSpan,
  gramSpan,
  nameIn,
  postingHeadBytes,
  postingKey,
  writeGram,
} from "./keys";
import { intersect, Posting, PostingList } from "./postings";
import { Name, Operation, Reason, Request, readRequest } from "./request";

/** A stored version of a document: the first byte of `record` is 1, or 0 where it was removed. */
export class Version {
  constructor(
    public name: Name,
    public record: Uint8Array,
  ) {}
}

/**
 * The n-gram plugin. Reads never write and writes never read: a write is one batch that depends on
 * the request alone. The bad twins override one method each; nothing else differs.
 */
export class NGram {
  /** Answers one request. */
  handle(length: i32): void {
    const taken = takeRequest(length);
    const request = readRequest(taken.data);
    const into = new FrameWriter();
    into.u8(1);
    let error: PluginError | null = null;
    if (request.reason !== Reason.none) {
      into.u8(0);
      into.u8(request.reason);
      into.u32(request.offset);
    } else {
      error = this.act(request, joinRanges(taken.ranges), into);
    }
    if (error !== null) replyError(error);
    else replyResponse(into);
  }

  act(request: Request, ranges: Range[], into: FrameWriter): PluginError | null {
    const operation = request.operation;
    if (operation === Operation.search) return this.search(request, ranges, into);
    if (operation === Operation.fetch) return this.fetch(request, ranges, into);
    if (operation === Operation.stale) return this.stale(request, ranges, into);
    if (operation === Operation.purge) return this.purge(request, ranges, into);
    return this.put(request, ranges, into);
  }

  grams(text: Uint8Array): Gram[] {
    return gramsOf(text);
  }

  /** The pairs of a version: the document (or the mark that it was removed), and its postings. */
  pairsOf(request: Request, name: Name): Pair[] {
    const isLive = request.operation !== Operation.remove;
    const record = new FrameWriter();
    record.u8(isLive ? 1 : 0);
    record.raw(request.text);
    const pairs = [new Pair(documentKey(request.index, name), record.done())];
    const grams = this.grams(request.text);
    for (let at = 0; at < grams.length; at++) {
      const count = new Uint8Array(4);
      store<u32>(count.dataStart, grams[at].count);
      pairs.push(new Pair(postingKey(request.index, grams[at].code, name), count));
    }
    return pairs;
  }

  put(request: Request, ranges: Range[], into: FrameWriter): PluginError | null {
    const pairs = this.pairsOf(request, request.name);
    const own = this.ownPairs(pairs, ranges);
    // One batch is one command: all of a part, or nothing of it.
    writeWritten(into, own.length, pairs.length);
    return own.length > 0 ? batchPut(own).error : null;
  }

  /** Those that lie in the ranges: the others are another part's. */
  ownPairs(pairs: Pair[], ranges: Range[]): Pair[] {
    const own = new Array<Pair>();
    for (let at = 0; at < pairs.length; at++) if (holds(ranges, pairs[at].key)) own.push(pairs[at]);
    return own;
  }

  purge(request: Request, ranges: Range[], into: FrameWriter): PluginError | null {
    const pairs = this.pairsOf(request, request.name);
    const own = this.ownPairs(pairs, ranges);
    const keys = new Array<Uint8Array>();
    for (let at = 0; at < own.length; at++) keys.push(own[at].key);
    writeWritten(into, own.length, pairs.length);
    return keys.length > 0 ? batchDelete(keys).error : null;
  }

  search(request: Request, ranges: Range[], into: FrameWriter): PluginError | null {
    const grams = this.grams(request.text);
    const lists = new Array<PostingList>();
    let isWhole = true;
    for (let at = 0; at < grams.length; at++) {
      const span = gramSpan(request.index, grams[at].code);
      const list = new PostingList();
      const error = this.readPostings(request.index, span, ranges, list);
      if (error !== null) return error;
      lists.push(list);
      isWhole = isWhole && covers(ranges, span);
    }
    // Only who sees all postings of all grams can say that a document lacks one of them.
    if (isWhole && request.wantsAll) intersect(lists);
    into.u8(2);
    into.u8(request.wantsAll ? 0 : 1);
    into.u32(lists.length);
    for (let at = 0; at < lists.length; at++) {
      writeGram(into, grams[at].code);
      this.writeList(into, lists[at]);
    }
    return null;
  }

  /** Counts as they are: only the client, who has every part, may divide by the sum. */
  writeList(into: FrameWriter, list: PostingList): void {
    into.u32(list.documents);
    into.u32(list.postings.length);
    for (let at = 0; at < list.postings.length; at++) {
      writeName(into, list.postings[at].name);
      into.u32(list.postings[at].count);
    }
  }

  /** Adds the postings of a gram within the ranges. A storage error is returned as it came. */
  readPostings(
    index: Uint8Array,
    span: Range,
    ranges: Range[],
    list: PostingList,
  ): PluginError | null {
    const key = new Slice();
    const value = new Slice();
    for (let at = 0; at < ranges.length; at++) {
      const own = clip(span, ranges[at]);
      if (own === null) continue;
      const answer = scan(own);
      if (answer.error !== null) return answer.error;
      for (let left = answer.result.count(8); left > 0; left--) {
        if (!nextPair(answer.result, key, value)) return partWay();
        const name = nameIn(key, postingHeadBytes(index));
        if (name === null || value.length !== 4) continue;
        list.postings.push(new Posting(name, load<u32>(value.pointer)));
        list.documents += 1;
      }
    }
    return null;
  }

  fetch(request: Request, ranges: Range[], into: FrameWriter): PluginError | null {
    into.u8(3);
    into.u32(request.names.length);
    for (let at = 0; at < request.names.length; at++) {
      const name = request.names[at];
      const span = documentSpan(request.index, name.document);
      const found = new Array<Version[]>();
      const error = this.readVersions(request.index, span, ranges, found);
      if (error !== null) return error;
      writeDocument(into, chosen(found, name.version));
    }
    return null;
  }

  /** Adds the versions of documents in a span, range by range, in order. */
  readVersions(
    index: Uint8Array,
    span: Range,
    ranges: Range[],
    found: Version[][],
  ): PluginError | null {
    const key = new Slice();
    const value = new Slice();
    for (let at = 0; at < ranges.length; at++) {
      const own = clip(span, ranges[at]);
      if (own === null) continue;
      const answer = scan(own);
      if (answer.error !== null) return answer.error;
      const versions = new Array<Version>();
      for (let left = answer.result.count(8); left > 0; left--) {
        if (!nextPair(answer.result, key, value)) return partWay();
        const name = nameIn(key, documentHeadBytes(index));
        if (name === null || value.length === 0 || load<u8>(value.pointer) > 1) continue;
        versions.push(new Version(name, value.copy()));
      }
      found.push(versions);
    }
    return null;
  }

  stale(request: Request, ranges: Range[], into: FrameWriter): PluginError | null {
    const found = new Array<Version[]>();
    const error = this.readVersions(request.index, documentsSpan(request.index), ranges, found);
    if (error !== null) return error;
    const removable = new Array<Name>();
    const borders = new Array<Name>();
    for (let range = 0; range < found.length; range++) {
      const versions = found[range];
      for (let at = 0; at < versions.length; at++) {
        const name = versions[at].name;
        const isNewest = at + 1 === versions.length || !isSame(name, versions[at + 1].name);
        // Other versions of the first and of the last document may lie in somebody else's range.
        const isAtEnd =
          isSame(name, versions[0].name) || isSame(name, versions[versions.length - 1].name);
        if (!isNewest) removable.push(name);
        else if (isAtEnd) borders.push(name);
      }
    }
    into.u8(4);
    writeNames(into, removable);
    writeNames(into, borders);
    return null;
  }
}

/** A node puts an empty pair where a read failed: what was found is not all there is. */
function partWay(): PluginError {
  return PluginError.other("scan failed part-way");
}

function nextPair(from: FrameReader, key: Slice, value: Slice): bool {
  from.slice(key);
  from.slice(value);
  return key.length > 0 || value.length > 0;
}

function covers(ranges: Range[], span: Range): bool {
  for (let at = 0; at < ranges.length; at++) {
    const range = ranges[at];
    if (compareBytes(range.start, span.start) > 0) continue;
    if (range.end.length === 0 || compareBytes(range.end, span.end) >= 0) return true;
  }
  return false;
}

function isSame(a: Name, b: Name): bool {
  return compareBytes(a.document, b.document) === 0;
}

/** The asked version, 0 for the newest: null if it is not there. */
function chosen(found: Version[][], version: u64): Version | null {
  let best: Version | null = null;
  for (let range = 0; range < found.length; range++) {
    for (let at = 0; at < found[range].length; at++) {
      const one = found[range][at];
      if (version === 0 || one.name.version === version) best = one;
    }
  }
  return best;
}

function writeDocument(into: FrameWriter, version: Version | null): void {
  if (version === null) return into.u8(0);
  const isLive = version.record[0] === 1;
  into.u8(isLive ? 1 : 2);
  into.word(version.name.version);
  if (isLive) into.blob(version.record.subarray(1));
}

function writeWritten(into: FrameWriter, own: i32, all: i32): void {
  into.u8(1);
  into.u32(own);
  into.u32(all);
}

function writeNames(into: FrameWriter, names: Name[]): void {
  into.u32(names.length);
  for (let at = 0; at < names.length; at++) writeName(into, names[at]);
}

function writeName(into: FrameWriter, name: Name): void {
  into.blob(name.document);
  into.word(name.version);
}
