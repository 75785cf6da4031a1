/** The probe as trusted TypeScript; `probe-requests.ts` says what its commands do. */

import { concatBytes, latin1Text } from "../../../sim/bytes.ts";
import {
  hostBuildInfo,
  type PluginError,
  type PreparedPlugin,
  type StorageAnswer,
} from "../../api.ts";
import { FrameReader, FrameWriter } from "../frame-bytes.ts";
import { encodeAnswer, readCall, requestSize, writeRequest } from "../frames.ts";
import {
  type HandlerResult,
  type InProcessHandler,
  inProcessPlugin,
  type PluginTask,
} from "../in-process.ts";
import { u32 } from "./probe-requests.ts";

/** The probe for the in-process host. */
export function inProcessProbe(): PreparedPlugin {
  const info = { name: "probe", version: "1.0.0" };
  return inProcessPlugin({ info, build: hostBuildInfo, create: createProbe });
}

function createProbe(): InProcessHandler {
  let count = 0;
  return function* handle(ranges, data, storage): PluginTask<HandlerResult> {
    const command = String.fromCharCode(data[0] ?? 0);
    const rest = data.subarray(1);
    switch (command) {
      case "S":
        return yield* script(rest, null);
      case "A":
        return yield* script(rest, { kind: "other", text: "again", handle: 0 });
      case "E": {
        const frame = Buffer.alloc(requestSize({ ranges, data }));
        writeRequest(new FrameWriter(frame), { ranges, data });
        return { kind: "response", data: frame };
      }
      case "G":
        return { kind: "error", error: { kind: "other", text: "forged", handle: 77 } };
      case "C":
        count += 1;
        return { kind: "response", data: u32(count) };
      case "P":
        throw new Error(latin1Text(rest));
      case "B":
        return { kind: "response", data: new Uint8Array(Buffer.from(rest).readUInt32LE(0)) };
      case "F":
        for (;;) yield* storage.get("k");
      default:
        throw new Error(`the in-process probe has no command ${command}`);
    }
  };
}

function* script(items: Uint8Array, anew: PluginError | null): PluginTask<HandlerResult> {
  const bytes = Buffer.from(items);
  const answers: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 + bytes.readUInt32LE(at + 1);
    const answer: StorageAnswer = yield readCall(
      bytes.readUInt8(at),
      new FrameReader(bytes, at + 5, end),
    );
    if (answer.kind === "error") return { kind: "error", error: anew ?? answer.error };
    answers.push(encodeAnswer(answer));
    at = end;
  }
  return { kind: "response", data: concatBytes(answers) };
}
