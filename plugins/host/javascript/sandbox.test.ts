/**
 * What is peculiar to scripts. Cases that every host shares go into ../testing/host-contract.ts.
 */
import { expect, test } from "vitest";
import { latin1Bytes, latin1Text } from "../../../sim/bytes.ts";
import {
  defaultPluginLimits,
  hostBuildInfo,
  type PluginInstance,
  type PluginLimits,
  type PluginStep,
} from "../../api.ts";
import { prepareArtefact } from "../../artefact/preparation.ts";

const text = (value: string) => `Uint8Array.from(${value}, (one) => one.charCodeAt(0))`;

async function prepared(handler: string, identity = '{ name: "x", version: "1.0.0" }') {
  const source = `export const plugin = ${identity};
    const shared: { key?: string; promise?: Promise<unknown> } = {};
    export const handle = async (ranges: unknown, data: Uint8Array, storage: any) => {
      const asked = String.fromCharCode(...data);
      ${handler}
    };`;
  const plugin = await prepareArtefact(Buffer.from(source), {
    kind: "javascript",
    cacheFolder: null,
  });
  if (plugin.kind === "broken") throw new Error(plugin.reason);
  return plugin;
}

async function loaded(handler: string, limits: Partial<PluginLimits> = {}) {
  const made = (await prepared(handler)).instantiate({ ...defaultPluginLimits, ...limits });
  if (made.kind !== "loaded") throw new Error(made.text);
  return made.plugin;
}

const start = (plugin: PluginInstance, asked: string) =>
  plugin.start({ ranges: [], data: latin1Bytes(asked) });
const shown = (step: PluginStep) =>
  step.kind === "response" ? `response ${latin1Text(step.data)}` : JSON.stringify(step);
const done = { kind: "value", value: null } as const;

test("TypeScript is read; build strings that are left out are the host's", async () => {
  const own = '{ name: "x", version: "1.0.0-é", build: { rustc: "rustc 9" } } as const';
  const plugin = await prepared("return data;", own);
  expect(plugin.build).toEqual({ ...hostBuildInfo, rustc: "rustc 9" });
  expect(plugin.info).toEqual({ name: "x", version: "1.0.0-é" });
  expect((await prepared("return data;")).build).toEqual(hostBuildInfo);
});

test("requests that overlap share what the script keeps", async () => {
  const plugin = await loaded(`
    shared.key = asked;
    await storage.get(asked);
    return ${text("shared.key")};`);
  const [first, second] = [start(plugin, "a"), start(plugin, "b")];
  first.step(null);
  second.step(null);
  expect([first, second].map((run) => shown(run.step(done)))).toEqual(["response b", "response b"]);
});

test("calls made together are carried out one after another; the first error ends it", async () => {
  const plugin = await loaded(`
    await Promise.all(["k1", "k2"].map((key) => storage.get(key)));
    return data;`);
  const run = start(plugin, "x");
  expect(run.step(null)).toEqual({ kind: "call", call: { kind: "get", key: "k1" } });
  expect(run.step(done)).toEqual({ kind: "call", call: { kind: "get", key: "k2" } });
  expect(shown(run.step(done))).toBe("response x");
  const failing = start(plugin, "x");
  failing.step(null);
  const error = { kind: "other", text: "epoch not match", handle: 4 } as const;
  const second = failing.step({ kind: "error", error });
  expect(second).toEqual({ kind: "error", error });
});

test("a trap drops the engine: requests in it end, the next one starts afresh", async () => {
  const plugin = await loaded(
    `if (asked === "loop") for (;;);
     shared.key = (shared.key ?? "") + asked;
     await storage.get("k");
     return ${text("shared.key")};`,
    { fuel: 500_000 },
  );
  const waiting = start(plugin, "a");
  waiting.step(null);
  expect(start(plugin, "loop").step(null)).toMatchObject({ kind: "trap", reason: "fuel" });
  expect(waiting.step(done)).toMatchObject({ kind: "trap", reason: "trap" });
  const fresh = start(plugin, "b");
  fresh.step(null);
  expect(shown(fresh.step(done))).toBe("response b");
});

test("a request that waits for another one's promise is told so", async () => {
  const plugin = await loaded(`
    if (asked === "first") shared.promise = storage.get("k");
    await shared.promise;
    return data;`);
  const first = start(plugin, "first");
  first.step(null);
  const second = start(plugin, "second").step(null);
  expect(shown(second)).toContain("not for a storage call of its own");
});

test("a dropped request is forgotten: its storage is no longer of use", async () => {
  const plugin = await loaded(`
    if (asked === "leak") { shared.promise = storage.get("k").then(() => { shared.key = "ran"; }); }
    await storage.get("l");
    return ${text('shared.key ?? "not"')};`);
  const leak = start(plugin, "leak");
  leak.step(null);
  leak.drop();
  const next = start(plugin, "next");
  next.step(null);
  expect(shown(next.step(done))).toBe("response not");
  plugin.destroy();
});

test("an engine stops at the same instruction each time, whatever went before", async () => {
  const ends = async () => {
    const plugin = await loaded("let n = 0; for (;;) n += asked.length;", { fuel: 1_234_567 });
    const run = start(plugin, "x");
    return [shown(run.step(null)), run.fuelUsed()];
  };
  const first = await ends();
  await loaded("return data;");
  expect(await ends()).toEqual(first);
});

test("each node begins with the plugin as loaded and uses the same fuel", async () => {
  const plugin = await prepared(`
    const before = shared.key ?? "nothing";
    shared.key = asked + "x".repeat(asked === "grow" ? 4 << 20 : 0);
    return ${text("before")};`);
  const nodes = [0, 1, 2].map(() => {
    const made = plugin.instantiate(defaultPluginLimits);
    if (made.kind !== "loaded") throw new Error(made.text);
    return made.plugin;
  });
  const fuel = nodes.map((node) => {
    const run = start(node, "a");
    expect(shown(run.step(null))).toBe("response nothing");
    expect(shown(start(node, "b").step(null))).toBe("response a");
    return run.fuelUsed();
  });
  expect(new Set(fuel).size).toBe(1);
  const small = plugin.instantiate({ ...defaultPluginLimits, memoryPages: 32 });
  if (small.kind !== "loaded") throw new Error(small.text);
  expect(start(small.plugin, "grow").step(null)).toMatchObject({ kind: "trap", reason: "memory" });
  const [roomy] = nodes;
  expect(roomy === undefined ? "" : shown(start(roomy, "grow").step(null))).toBe("response b");
});
