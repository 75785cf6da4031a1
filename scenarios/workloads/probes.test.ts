/**
 * What a probe does for each word of its request, with a storage of a few keys, and that it hands
 * storage errors back untouched. A new word needs a row in `words`.
 */
import { expect, test } from "vitest";
import { codeDigest } from "../../nodes/index.ts";
import {
  defaultPluginLimits,
  hostBuildInfo,
  type PluginError,
  type PluginStep,
  type StorageAnswer,
  type StorageCall,
} from "../../plugins/index.ts";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import { artefactSources, prepareArtefacts } from "./artefacts.ts";
import { probe } from "./probes.ts";

const stored: ReadonlyMap<string, string> = new Map([
  ["k1", "one"],
  ["k2", "two"],
]);

function answerTo(call: StorageCall): StorageAnswer {
  switch (call.kind) {
    case "get": {
      const value = stored.get(call.key);
      return { kind: "value", value: value === undefined ? null : latin1Bytes(value) };
    }
    case "scan": {
      const { start, end } = call.range;
      const found = [...stored].filter(([key]) => key >= start && key < end);
      const pairs = found.map(([key, value]) => ({ key, value: latin1Bytes(value) }));
      return { kind: "pairs", pairs };
    }
    default:
      return { kind: "done" };
  }
}

const failure: PluginError = { kind: "other", text: "not leader", handle: 7 };

/** Runs a request to its end: the calls it made, and its last step. */
function run(data: string, fails: boolean): readonly [calls: readonly string[], end: PluginStep] {
  const made = probe("reader", "1.2.3").instantiate(defaultPluginLimits);
  if (made.kind !== "loaded") throw new Error("a probe loads");
  const ranges = [{ start: "k1", end: "k3" }];
  const running = made.plugin.start({ ranges, data: latin1Bytes(data) });
  const calls: string[] = [];
  let step = running.step(null);
  while (step.kind === "call") {
    const { call } = step;
    calls.push(call.kind === "put" ? `put ${call.key}=${latin1Text(call.value)}` : call.kind);
    step = running.step(fails ? { kind: "error", error: failure } : answerTo(call));
  }
  return [calls, step];
}

const identity = `probe reader 1.2.3 ${codeDigest(probe("reader", "1.2.3"))}\n`;

const words: readonly (readonly [string, readonly string[], string])[] = [
  ["echo hello there", [], "hello there"],
  ["read", ["scan"], "k1=one\nk2=two"],
  ["count", ["scan"], "2"],
  ["write v", ["put k1a=v", "put k1b=v", "put k1c=v"], "3"],
  ["fill v", ["batchPut"], "3"],
  ["erase", ["deleteRange"], ""],
  ["step 3", ["get", "get", "get"], "3"],
];

test.each(words)("%s", (data, calls, answer) => {
  const [made, end] = run(data, false);
  expect(made).toEqual(calls);
  expect(end).toEqual({ kind: "response", data: latin1Bytes(identity + answer) });
  if (calls.length === 0) return;
  const [once, failed] = run(data, true);
  expect(once).toHaveLength(1);
  expect(failed).toEqual({ kind: "error", error: failure });
});

test("panic", () => {
  expect(run("panic", false)[1]).toEqual({ kind: "panic", text: "asked to panic" });
});

test("artefacts: each name is what it says, those to be refused differ in one thing", async () => {
  const names = [...artefactSources().keys()];
  const prepared = await prepareArtefacts(names);
  const differences = (name: string): readonly string[] => {
    const plugin = prepared.get(name);
    const keys = ["apiVersion", "rustc", "target"] as const;
    return keys.filter((key) => plugin?.build[key] !== hostBuildInfo[key]);
  };
  for (const name of names) {
    const plugin = prepared.get(name);
    if (name.startsWith("probe:")) {
      expect(`probe:${plugin?.info.name}@${plugin?.info.version}`).toBe(name);
      expect(differences(name)).toEqual([]);
    }
  }
  expect(differences("refused:api-version")).toEqual(["apiVersion"]);
  expect(differences("refused:rustc")).toEqual(["rustc"]);
  expect(differences("refused:target")).toEqual(["target"]);
  expect(prepared.get("refused:version")?.info.version).toBe("9.9");
  expect(prepared.get("aggregate")?.kind).toBe("wasm");
  expect(prepared.get("aggregate:in-process")?.kind).toBe("inProcess");
  const codes = [...prepared.values()].map((plugin) => codeDigest(plugin));
  expect(new Set(codes).size).toBe(codes.length);
}, 30_000);

test("an artefact that is no name and no plugin file is the person's mistake", async () => {
  await expect(prepareArtefacts(["probe:nobody@1.0.0"])).rejects.toThrow(
    'there is no plugin artefact "probe:nobody@1.0.0"',
  );
  await expect(prepareArtefacts(["no-such-file.wasm"])).rejects.toThrow("no such file");
});
