/**
 * A plugin for tests that does what its request says, one line a step. Lines: `get K`, `batchGet
 * K..`, `scan A B`, `put K V`, `batchPut K V..`, `delete K`, `batchDelete K..`, `deleteRange A B`,
 * `increment K` (gets, then puts one more); `timeout US`, `canceled`, `fail TEXT`, `forge` (an
 * error whose handle it made up), `panic TEXT`, `loop` (storage calls without end), `ranges`
 * (answers with its ranges). "-" stands for "". An error of a call is returned untouched, unless
 * the line begins with `try` (swallows it), `recreate` (makes an error of its text) or `wrap`
 * (changes the text, keeps the box).
 */
import {
  type HandlerResult,
  hostBuildInfo,
  type InProcessStorage,
  inProcessPlugin,
  type KeyRange,
  type KvPair,
  type PluginError,
  type PluginInfo,
  type PluginTask,
  type PreparedPlugin,
  type StorageResult,
} from "../../plugins/index.ts";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";

export function scriptPlugin(info: PluginInfo): PreparedPlugin {
  return inProcessPlugin({
    info,
    build: hostBuildInfo,
    create: () => (ranges, data, storage) => play({ ranges, storage }, latin1Text(data)),
  });
}

type Stage = { readonly ranges: readonly KeyRange[]; readonly storage: InProcessStorage };

function* play(stage: Stage, script: string): PluginTask<HandlerResult> {
  const said: string[] = [];
  for (const line of script.split("\n")) {
    const words = line.split(" ").map((word) => (word === "-" ? "" : word));
    const end = ending(words);
    if (end !== null) return { kind: "error", error: end };
    const manner = words[0] ?? "";
    const isManner = manner === "try" || manner === "recreate" || manner === "wrap";
    const result = yield* step(stage, isManner ? words.slice(1) : words);
    if (result.kind === "ok") said.push(result.value);
    else if (manner === "try") said.push("swallowed");
    else return { kind: "error", error: shaped(manner, result.error) };
  }
  return { kind: "response", data: latin1Bytes(said.join("; ")) };
}

function ending([verb = "", ...rest]: readonly string[]): PluginError | null {
  if (verb === "timeout") return { kind: "timeout", timeoutUs: Number(rest[0]) };
  if (verb === "canceled") return { kind: "canceled" };
  if (verb === "fail") return { kind: "other", text: rest.join(" "), handle: 0 };
  if (verb === "forge") return { kind: "other", text: "forged", handle: 1 };
  if (verb === "panic") throw new Error(rest.join(" "));
  return null;
}

function shaped(manner: string, error: PluginError): PluginError {
  if (error.kind !== "other" || manner === "") return error;
  if (manner === "recreate") return { ...error, handle: 0 };
  return manner === "wrap" ? { ...error, text: "wrapped" } : error;
}

type Step = PluginTask<StorageResult<string>>;

function* step({ ranges, storage }: Stage, words: readonly string[]): Step {
  const [verb = "", first = "", second = ""] = words;
  const keys = words.slice(1);
  const range = { start: first, end: second };
  switch (verb) {
    case "get": {
      const got = yield* storage.get(first);
      if (got.kind === "error") return got;
      return ok(got.value === null ? "absent" : latin1Text(got.value));
    }
    case "batchGet":
      return shown(yield* storage.batchGet(keys));
    case "scan":
      return shown(yield* storage.scan(range));
    case "put":
      return done(yield* storage.put(first, latin1Bytes(second)));
    case "batchPut":
      return done(yield* storage.batchPut(pairsOf(keys)));
    case "delete":
      return done(yield* storage.delete(first));
    case "batchDelete":
      return done(yield* storage.batchDelete(keys));
    case "deleteRange":
      return done(yield* storage.deleteRange(range));
    case "increment": {
      const got = yield* storage.get(first);
      if (got.kind === "error") return got;
      const next = Number(latin1Text(got.value ?? latin1Bytes("0"))) + 1;
      return done(yield* storage.put(first, latin1Bytes(String(next))));
    }
    case "loop":
      for (;;) yield* storage.get(first);
    case "ranges":
      return ok(ranges.map(({ start, end }) => `[${start}, ${end})`).join(" "));
    default:
      return ok(words.join(" "));
  }
}

const ok = (value: string): StorageResult<string> => ({ kind: "ok", value });

function done(result: StorageResult<null>): StorageResult<string> {
  return result.kind === "error" ? result : ok("done");
}

function shown(result: StorageResult<readonly KvPair[]>): StorageResult<string> {
  if (result.kind === "error") return result;
  return ok(result.value.map(({ key, value }) => `${key}=${latin1Text(value)}`).join(" "));
}

function pairsOf(words: readonly string[]): readonly KvPair[] {
  const pairs: KvPair[] = [];
  for (let at = 0; at < words.length; at += 2) {
    pairs.push({ key: words[at] ?? "", value: latin1Bytes(words[at + 1] ?? "") });
  }
  return pairs;
}
