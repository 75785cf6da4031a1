/**
 * The frames of wasm ABI v1: little-endian; bytes are a u32 length and content, a list is a u32
 * count and its items. What comes from a plugin is checked at every length before it is used.
 */
import { unreachable } from "../../sim/assert.ts";
import type { KvPair, PluginError, PluginRequest, StorageAnswer, StorageCall } from "../api.ts";
import { FrameError, type FrameReader, FrameWriter, textBytes } from "./frame-bytes.ts";

/** Numbers of the storage operations, in the order of `RawStorage`. */
export const operationCodes: Readonly<Record<StorageCall["kind"], number>> = {
  get: 1,
  batchGet: 2,
  scan: 3,
  put: 4,
  batchPut: 5,
  delete: 6,
  batchDelete: 7,
  deleteRange: 8,
};

/** Numbers of the error classes. */
export const errorCodes: Readonly<Record<PluginError["kind"], number>> = {
  keyNotInRegion: 1,
  timeout: 2,
  canceled: 3,
  other: 4,
};

/** Bytes of a request's frame. */
export function requestSize({ ranges, data }: PluginRequest): number {
  let size = 8 + data.length;
  for (const range of ranges) size += 8 + range.start.length + range.end.length;
  return size;
}

/** A request: the list of ranges, then the plugin's own request bytes. */
export function writeRequest(into: FrameWriter, { ranges, data }: PluginRequest): void {
  into.u32(ranges.length);
  for (const range of ranges) {
    into.key(range.start);
    into.key(range.end);
  }
  into.bytes(data);
}

/** Bytes of an answer's frame, with those of its content where they are known. */
export function answerSize(
  answer: StorageAnswer,
  content: number = answerContentBytes(answer),
): number {
  switch (answer.kind) {
    case "value":
      return answer.value === null ? 2 : 6 + content;
    case "pairs":
      return 5 + 8 * answer.pairs.length + content;
    case "done":
      return 1;
    case "error":
      return 1 + errorSize(answer.error);
    default:
      return unreachable(answer);
  }
}

/** An answer: u8 0 and the result, or u8 1 and the error. A get's result is optional. */
export function writeAnswer(into: FrameWriter, answer: StorageAnswer): void {
  into.u8(answer.kind === "error" ? 1 : 0);
  switch (answer.kind) {
    case "value":
      into.u8(answer.value === null ? 0 : 1);
      if (answer.value !== null) into.bytes(answer.value);
      return;
    case "pairs":
      into.u32(answer.pairs.length);
      for (const pair of answer.pairs) {
        into.key(pair.key);
        into.bytes(pair.value);
      }
      return;
    case "done":
      return;
    case "error":
      writeError(into, answer.error);
      return;
    default:
      unreachable(answer);
  }
}

/** An answer as a frame of its own. */
export function encodeAnswer(answer: StorageAnswer): Uint8Array {
  const bytes = Buffer.alloc(answerSize(answer));
  writeAnswer(new FrameWriter(bytes), answer);
  return bytes;
}

/** Bytes of keys and values that an answer brings: what the limit `scannedBytes` counts. */
export function answerContentBytes(answer: StorageAnswer): number {
  if (answer.kind === "value") return answer.value?.length ?? 0;
  if (answer.kind !== "pairs") return 0;
  let size = 0;
  for (const { key, value } of answer.pairs) size += key.length + value.length;
  return size;
}

/** Reads the frame of storage operation number `code`. Throws FrameError. */
export function readCall(code: number, from: FrameReader): StorageCall {
  const call = readCallBody(code, from);
  from.finish();
  return call;
}

function readCallBody(code: number, from: FrameReader): StorageCall {
  switch (code) {
    case operationCodes.get:
      return { kind: "get", key: from.key() };
    case operationCodes.batchGet:
      return { kind: "batchGet", keys: readKeys(from) };
    case operationCodes.scan:
      return { kind: "scan", range: { start: from.key(), end: from.key() } };
    case operationCodes.put:
      return { kind: "put", key: from.key(), value: from.bytes() };
    case operationCodes.batchPut:
      return { kind: "batchPut", pairs: readPairs(from) };
    case operationCodes.delete:
      return { kind: "delete", key: from.key() };
    case operationCodes.batchDelete:
      return { kind: "batchDelete", keys: readKeys(from) };
    case operationCodes.deleteRange:
      return { kind: "deleteRange", range: { start: from.key(), end: from.key() } };
    default:
      throw new FrameError(`there is no storage operation ${code}`);
  }
}

/** Reads an error frame that a plugin replies. Throws FrameError. */
export function readError(from: FrameReader): PluginError {
  const error = readErrorBody(from);
  from.finish();
  return error;
}

function readErrorBody(from: FrameReader): PluginError {
  const code = from.u8();
  switch (code) {
    case errorCodes.keyNotInRegion: {
      const [key, regionId] = [from.key(), from.u64()];
      return { kind: "keyNotInRegion", key, regionId, start: from.key(), end: from.key() };
    }
    case errorCodes.timeout:
      return { kind: "timeout", timeoutUs: from.u64() * 1e6 + from.u32() / 1e3 };
    case errorCodes.canceled:
      return { kind: "canceled" };
    case errorCodes.other: {
      const handle = from.u32();
      return { kind: "other", text: from.text(), handle };
    }
    default:
      throw new FrameError(`there is no error class ${code}`);
  }
}

function readKeys(from: FrameReader): readonly string[] {
  const keys: string[] = [];
  for (let left = from.count(4); left > 0; left--) keys.push(from.key());
  return keys;
}

function readPairs(from: FrameReader): readonly KvPair[] {
  const pairs: KvPair[] = [];
  for (let left = from.count(8); left > 0; left--) {
    pairs.push({ key: from.key(), value: from.bytes() });
  }
  return pairs;
}

function errorSize(error: PluginError): number {
  switch (error.kind) {
    case "keyNotInRegion":
      return 21 + error.key.length + error.start.length + error.end.length;
    case "timeout":
      return 13;
    case "canceled":
      return 1;
    case "other":
      return 9 + textBytes(error.text);
    default:
      return unreachable(error);
  }
}

function writeError(into: FrameWriter, error: PluginError): void {
  into.u8(errorCodes[error.kind]);
  switch (error.kind) {
    case "keyNotInRegion":
      into.key(error.key);
      into.u64(error.regionId);
      into.key(error.start);
      into.key(error.end);
      return;
    case "timeout": {
      const seconds = Math.floor(error.timeoutUs / 1e6);
      into.u64(seconds);
      into.u32(Math.round((error.timeoutUs - seconds * 1e6) * 1e3));
      return;
    }
    case "canceled":
      return;
    case "other":
      into.u32(error.handle);
      into.text(error.text);
      return;
    default:
      unreachable(error);
  }
}
