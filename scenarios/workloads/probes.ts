/**
 * Probes: small in-process plugins whose answers say who gave them, so that a judge of dispatch and
 * versions needs no look inside. What a request asks for is its first word; the answer's first line
 * is `probe NAME VERSION CODE`, CODE being the digest by which events name the plugin's code.
 *
 *   echo REST      answers REST
 *   read           scans its ranges, answers one `key=value` a line
 *   count          scans its ranges, answers how many pairs there are
 *   write VALUE    puts VALUE under the first keys of its ranges, one call a key
 *   fill VALUE     the same in one call
 *   erase          deletes its ranges
 *   step N         gets the first key of its first range N times
 *   panic          panics
 *
 * Storage errors go back untouched.
 */
import { codeDigest } from "../../nodes/index.ts";
import {
  type HandlerResult,
  hostBuildInfo,
  type InProcessStorage,
  inProcessPlugin,
  type KeyRange,
  type PluginTask,
  type PreparedPlugin,
  type StorageResult,
} from "../../plugins/index.ts";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";

/** Keys that one `write` or `fill` touches in each range. */
const keysWritten = 3;

type Built = { readonly apiVersion?: string; readonly rustc?: string; readonly target?: string };

/** A probe of a name and version. `built` overrides what it claims to be built with. */
export function probe(name: string, version: string, built: Built = {}): PreparedPlugin {
  const identity = (): string => `probe ${name} ${version} ${codeDigest(prepared)}\n`;
  const prepared: PreparedPlugin = inProcessPlugin({
    info: { name, version },
    build: { ...hostBuildInfo, ...built },
    create: () =>
      function* handle(ranges, data, storage): PluginTask<HandlerResult> {
        const result = yield* answer(ranges, latin1Text(data), storage);
        if (result.kind === "error") return result;
        return { kind: "response", data: latin1Bytes(identity() + result.value) };
      },
  });
  return prepared;
}

function* answer(
  ranges: readonly KeyRange[],
  request: string,
  storage: InProcessStorage,
): PluginTask<StorageResult<string>> {
  const [word = "", rest = ""] = splitWord(request);
  switch (word) {
    case "read":
    case "count":
      return yield* read(ranges, storage, word === "count");
    case "write":
      return yield* write(ranges, rest, storage);
    case "fill": {
      const value = latin1Bytes(rest);
      const pairs = ranges.flatMap((range) => firstKeys(range).map((key) => ({ key, value })));
      return said(yield* storage.batchPut(pairs), `${pairs.length}`);
    }
    case "erase":
      for (const range of ranges) {
        const done = yield* storage.deleteRange(range);
        if (done.kind === "error") return done;
      }
      return { kind: "ok", value: "" };
    case "step":
      return yield* step(ranges, Number(rest), storage);
    case "panic":
      return panic();
    default:
      return { kind: "ok", value: rest };
  }
}

/** A plugin's panic is what its handler throws. */
function panic(): never {
  throw new PluginPanic("asked to panic");
}

class PluginPanic extends Error {
  override readonly name = "PluginPanic";
}

function* read(
  ranges: readonly KeyRange[],
  storage: InProcessStorage,
  countsOnly: boolean,
): PluginTask<StorageResult<string>> {
  const lines: string[] = [];
  let count = 0;
  for (const range of ranges) {
    const found = yield* storage.scan(range);
    if (found.kind === "error") return found;
    count += found.value.length;
    if (countsOnly) continue;
    for (const { key, value } of found.value) lines.push(`${key}=${latin1Text(value)}`);
  }
  return { kind: "ok", value: countsOnly ? `${count}` : lines.join("\n") };
}

function* write(
  ranges: readonly KeyRange[],
  value: string,
  storage: InProcessStorage,
): PluginTask<StorageResult<string>> {
  let written = 0;
  for (const range of ranges) {
    for (const key of firstKeys(range)) {
      const done = yield* storage.put(key, latin1Bytes(value));
      if (done.kind === "error") return done;
      written++;
    }
  }
  return { kind: "ok", value: `${written}` };
}

function* step(
  ranges: readonly KeyRange[],
  times: number,
  storage: InProcessStorage,
): PluginTask<StorageResult<string>> {
  const [range] = ranges;
  for (let at = 0; at < times && range !== undefined; at++) {
    const got = yield* storage.get(range.start);
    if (got.kind === "error") return got;
  }
  return { kind: "ok", value: `${times}` };
}

/** Keys inside a range that end in a letter each: nobody else writes those. */
function firstKeys({ start, end }: KeyRange): readonly string[] {
  return Array.from({ length: keysWritten }, (_, at) => start + "abc".charAt(at)).filter(
    (key) => end === "" || key < end,
  );
}

function said(done: StorageResult<null>, text: string): StorageResult<string> {
  return done.kind === "error" ? done : { kind: "ok", value: text };
}

function splitWord(text: string): readonly string[] {
  const at = text.indexOf(" ");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
