/**
 * Requests to the probe, the fixture plugin that every host runs in the contract suite. Its
 * request is one letter and arguments:
 *
 *   S calls   makes the storage calls (u8 operation, u32 length, frame); responds with their
 *             answers' frames one after another; the first error ends it, returned untouched
 *   A calls   the same, but an error is made anew: Other("again")
 *   E         responds with the request's own frame
 *   G         returns Other("forged") with a handle that nobody gave it
 *   C         responds with how many C this instance has had, as u32
 *   P text    panics with the text
 *   B n       responds with n (u32) zero bytes
 *   F         makes get("k") for ever
 *   and where the host can stop it: L loops, D recurses, M allocates without end, T traps,
 *   N does not reply, O gives a place outside its memory, Y takes the request for ever,
 *   W n makes get("k") under n frames, Z responds with the bits of memory it got by growing
 */

import { unreachable } from "../../../sim/assert.ts";
import { concatBytes, latin1Bytes } from "../../../sim/bytes.ts";
import type { PluginRequest, StorageCall } from "../../api.ts";
import { FrameWriter } from "../frame-bytes.ts";
import { operationCodes } from "../frames.ts";

/** A command with its arguments' bytes. */
export function probe(command: string, ...parts: readonly Uint8Array[]): PluginRequest {
  return { ranges: [], data: concatBytes([latin1Bytes(command), ...parts]) };
}

/** A little-endian u32. */
export function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A storage call as an item of commands S and A. */
export function callItem(call: StorageCall): Uint8Array {
  const frame = encodeCall(call);
  return concatBytes([Uint8Array.of(operationCodes[call.kind]), u32(frame.length), frame]);
}

function encodeCall(call: StorageCall): Uint8Array {
  const bytes = Buffer.alloc(1 << 16);
  const into = new FrameWriter(bytes);
  writeCall(into, call);
  return bytes.subarray(0, into.at);
}

function writeCall(into: FrameWriter, call: StorageCall): void {
  switch (call.kind) {
    case "get":
    case "delete":
      into.key(call.key);
      return;
    case "put":
      into.key(call.key);
      into.bytes(call.value);
      return;
    case "scan":
    case "deleteRange":
      into.key(call.range.start);
      into.key(call.range.end);
      return;
    case "batchGet":
    case "batchDelete":
      into.u32(call.keys.length);
      for (const key of call.keys) into.key(key);
      return;
    case "batchPut":
      into.u32(call.pairs.length);
      for (const { key, value } of call.pairs) {
        into.key(key);
        into.bytes(value);
      }
      return;
    default:
      unreachable(call);
  }
}
