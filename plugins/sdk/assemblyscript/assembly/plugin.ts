import { FrameReader, FrameWriter } from "./frame";
import { reply, storage, take } from "./host";

/** `[start, end)`; an empty end means no end. */
export class Range {
  constructor(
    public start: Uint8Array,
    public end: Uint8Array,
  ) {}
}

/** A key with its value. */
export class Pair {
  constructor(
    public key: Uint8Array,
    public value: Uint8Array,
  ) {}
}

/** A request as the endpoint hands it in. */
export class Request {
  constructor(
    public ranges: Range[],
    public data: Uint8Array,
  ) {}
}

/** An error. Reply a storage error untouched, or the node loses the region error inside it. */
export class PluginError {
  constructor(public frame: Uint8Array) {}

  /** An error of the plugin's own. */
  static other(text: string): PluginError {
    const into = new FrameWriter();
    into.u8(4);
    into.u32(0);
    into.text(text);
    const frame = new Uint8Array(into.length);
    memory.copy(frame.dataStart, into.pointer, into.length);
    return new PluginError(frame);
  }
}

/** The answer to a storage call: an error, or the result to read from `result`. */
export class Answer {
  constructor(
    public error: PluginError | null,
    public result: FrameReader,
  ) {}
}

/** Takes the request that `copr_handle(length)` announces. */
export function takeRequest(length: i32): Request {
  const frame = new Uint8Array(length);
  take(frame.dataStart);
  const from = new FrameReader(frame);
  const ranges: Range[] = [];
  for (let left = from.count(8); left > 0; left--) {
    const start = from.blob();
    ranges.push(new Range(start, from.blob()));
  }
  return new Request(ranges, from.blob());
}

/** Pairs of keys and values in `[start, end)`, each as two blobs after a u32 count. */
export function scan(range: Range): Answer {
  const into = new FrameWriter();
  into.blob(range.start);
  into.blob(range.end);
  return ask(3, into);
}

/** A u8: 1 and the value as a blob, or 0. */
export function get(key: Uint8Array): Answer {
  const into = new FrameWriter();
  into.blob(key);
  return ask(1, into);
}

/** No result. */
export function put(key: Uint8Array, value: Uint8Array): Answer {
  const into = new FrameWriter();
  into.blob(key);
  into.blob(value);
  return ask(4, into);
}

/** No result. All of them at once: one command in the region's log. */
export function batchPut(pairs: Pair[]): Answer {
  const into = new FrameWriter();
  into.u32(pairs.length);
  for (let at = 0; at < pairs.length; at++) {
    into.blob(pairs[at].key);
    into.blob(pairs[at].value);
  }
  return ask(5, into);
}

/** No result. All of them at once, as `batchPut`. */
export function batchDelete(keys: Uint8Array[]): Answer {
  const into = new FrameWriter();
  into.u32(keys.length);
  for (let at = 0; at < keys.length; at++) into.blob(keys[at]);
  return ask(7, into);
}

function ask(code: i32, call: FrameWriter): Answer {
  const length = storage(code, call.pointer, call.length);
  const frame = new Uint8Array(length);
  take(frame.dataStart);
  const from = new FrameReader(frame);
  const failed = from.u8() !== 0;
  return new Answer(failed ? new PluginError(frame.subarray(1)) : null, from);
}

/** Ends the request with response bytes. */
export function replyResponse(response: FrameWriter): void {
  reply(0, response.pointer, response.length);
}

/** Ends the request with an error. */
export function replyError(error: PluginError): void {
  reply(1, error.frame.dataStart, error.frame.length);
}

/** Says who the plugin is; the build info is what the simulated nodes expect. */
export function replyDescription(name: string, version: string): void {
  const into = new FrameWriter();
  into.text("0.1.0");
  into.text("rustc 1.89.0-nightly");
  into.text("x86_64-unknown-linux-gnu");
  into.text(name);
  into.text(version);
  reply(0, into.pointer, into.length);
}
