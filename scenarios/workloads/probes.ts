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
  const prepared: PreparedPlugin = inProcessPlugin({
    info: { name, version },
    build: { ...hostBuildInfo, ...built },
    create: () => {
      const identity = `probe ${name} ${version} ${codeDigest(prepared)}\n`;
      return function* handle(ranges, data, storage): PluginTask<HandlerResult> {
        const work = workOf(ranges, latin1Text(data), storage);
        const result = typeof work === "string" ? ok(work) : yield* work;
        if (result.kind === "error") return result;
        return { kind: "response", data: latin1Bytes(identity + result.value) };
      };
    },
  });
  return prepared;
}

/** A task that answers a request, or its answer. */
function workOf(
  ranges: readonly KeyRange[],
  request: string,
  storage: InProcessStorage,
): PluginTask<StorageResult<string>> | string {
  const at = request.indexOf(" ");
  const word = at < 0 ? request : request.slice(0, at);
  const rest = at < 0 ? "" : request.slice(at + 1);
  switch (word) {
    case "read":
      return read(ranges, storage);
    case "count":
      return count(ranges, storage);
    case "write":
      return write(ranges, rest, storage);
    case "fill":
      return fill(ranges, rest, storage);
    case "erase":
      return erase(ranges, storage);
    case "step":
      return step(ranges, Number(rest), storage);
    case "panic":
      return panic();
    default:
      return rest;
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
): PluginTask<StorageResult<string>> {
  const lines: string[] = [];
  for (const range of ranges) {
    const found = yield* storage.scan(range);
    if (found.kind === "error") return found;
    for (const { key, value } of found.value) lines.push(`${key}=${latin1Text(value)}`);
  }
  return ok(lines.join("\n"));
}

function* count(
  ranges: readonly KeyRange[],
  storage: InProcessStorage,
): PluginTask<StorageResult<string>> {
  let pairs = 0;
  for (let at = 0; at < ranges.length; at++) {
    const found = yield* storage.scan(ranges[at] as KeyRange);
    if (found.kind === "error") return found;
    pairs += found.value.length;
  }
  return ok(`${pairs}`);
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
  return ok(`${written}`);
}

function* fill(
  ranges: readonly KeyRange[],
  text: string,
  storage: InProcessStorage,
): PluginTask<StorageResult<string>> {
  const value = latin1Bytes(text);
  const pairs = ranges.flatMap((range) => firstKeys(range).map((key) => ({ key, value })));
  const done = yield* storage.batchPut(pairs);
  return done.kind === "error" ? done : ok(`${pairs.length}`);
}

function* erase(
  ranges: readonly KeyRange[],
  storage: InProcessStorage,
): PluginTask<StorageResult<string>> {
  for (const range of ranges) {
    const done = yield* storage.deleteRange(range);
    if (done.kind === "error") return done;
  }
  return ok("");
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
  return ok(`${times}`);
}

/** Keys inside a range that end in a letter each: nobody else writes those. */
function firstKeys({ start, end }: KeyRange): readonly string[] {
  return Array.from({ length: keysWritten }, (_, at) => start + "abc".charAt(at)).filter(
    (key) => end === "" || key < end,
  );
}

function ok(value: string): StorageResult<string> {
  return { kind: "ok", value };
}
