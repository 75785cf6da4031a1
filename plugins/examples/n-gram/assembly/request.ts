import { FrameReader } from "../../../sdk/assemblyscript/assembly/index";

/** What a request asks for. */
export namespace Operation {
  export const put: u8 = 1;
  export const remove: u8 = 2;
  export const purge: u8 = 3;
  export const search: u8 = 4;
  export const fetch: u8 = 5;
  export const stale: u8 = 6;
}

/** Why a request is refused; README.md lists the numbers. */
export namespace Reason {
  export const none: u8 = 0;
  export const short: u8 = 1;
  export const version: u8 = 2;
  export const operation: u8 = 3;
  export const index: u8 = 4;
  export const document: u8 = 5;
  export const text: u8 = 6;
  export const query: u8 = 7;
  export const mode: u8 = 8;
  export const count: u8 = 9;
  export const trailing: u8 = 10;
  export const number: u8 = 11;
}

const indexBytesMax: i32 = 16;
const documentBytesMax: i32 = 64;
const textBytesMax: i32 = 4096;
const queryBytesMin: i32 = 3;
const queryBytesMax: i32 = 64;
const countMax: u32 = 64;

/** A version of a document. */
export class Name {
  constructor(
    public document: Uint8Array,
    public version: u64,
  ) {}
}

/** A request's own bytes, decoded; `reason` is not 0 if they are malformed, at byte `offset`. */
export class Request {
  operation: u8 = 0;
  index: Uint8Array = new Uint8Array(0);
  name: Name = new Name(new Uint8Array(0), 0);
  text: Uint8Array = new Uint8Array(0);
  wantsAll: bool = false;
  names: Name[] = [];
  reason: u8 = Reason.none;
  offset: u32 = 0;

  /** Notes the first thing that is wrong. */
  refuse(reason: u8, offset: u32): void {
    if (this.reason !== Reason.none) return;
    this.reason = reason;
    this.offset = offset;
  }
}

/** Decodes a request. Lengths are compared with the bytes at hand before anything is allocated. */
export function readRequest(data: Uint8Array): Request {
  const from = new FrameReader(data);
  const request = new Request();
  readHead(from, request);
  const operation = request.operation;
  if (request.reason !== Reason.none) return request;
  if (operation <= Operation.purge) {
    request.name = readName(from, request, 1);
    if (operation !== Operation.remove) {
      request.text = readBlob(from, request, Reason.text, 0, textBytesMax);
    }
  } else if (operation === Operation.search) {
    const at = from.at;
    const mode = from.u8();
    if (from.short) request.refuse(Reason.short, at);
    else if (mode > 1) request.refuse(Reason.mode, at);
    request.wantsAll = mode === 0;
    request.text = readBlob(from, request, Reason.query, queryBytesMin, queryBytesMax);
  } else if (operation === Operation.fetch) {
    readNames(from, request);
  }
  if (from.left !== 0) request.refuse(Reason.trailing, from.at);
  return request;
}

function readHead(from: FrameReader, request: Request): void {
  const version = from.u8();
  if (from.short) return request.refuse(Reason.short, 0);
  if (version !== 1) return request.refuse(Reason.version, 0);
  request.operation = from.u8();
  if (from.short) return request.refuse(Reason.short, 1);
  if (request.operation < Operation.put || request.operation > Operation.stale) {
    return request.refuse(Reason.operation, 1);
  }
  request.index = readBlob(from, request, Reason.index, 1, indexBytesMax);
  if (request.index.includes(0x2f)) request.refuse(Reason.index, 2);
}

/** Versions of requests that write begin at 1; in `fetch` 0 stands for the newest. */
function readName(from: FrameReader, request: Request, versionMin: u64): Name {
  const at = from.at;
  const document = readBlob(from, request, Reason.document, 1, documentBytesMax);
  if (document.includes(0)) request.refuse(Reason.document, at);
  const versionAt = from.at;
  const version = from.word();
  if (from.short) request.refuse(Reason.short, versionAt);
  else if (version < versionMin) request.refuse(Reason.number, versionAt);
  return new Name(document, version);
}

function readNames(from: FrameReader, request: Request): void {
  const at = from.at;
  const count = from.u32();
  if (from.short) return request.refuse(Reason.short, at);
  if (count < 1 || count > countMax) return request.refuse(Reason.count, at);
  for (let left = count; left > 0 && request.reason === Reason.none; left--) {
    request.names.push(readName(from, request, 0));
  }
}

function readBlob(
  from: FrameReader,
  request: Request,
  reason: u8,
  bytesMin: i32,
  bytesMax: i32,
): Uint8Array {
  const at = from.at;
  const blob = from.blob();
  if (from.short) request.refuse(Reason.short, at);
  else if (blob.length < bytesMin || blob.length > bytesMax) request.refuse(reason, at);
  return blob;
}
