/** Reading, preparing and caching artefacts. To add an ending or a broken file, extend a table. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { defaultPluginLimits } from "../api.ts";
import { moduleText } from "../host/testing/module-text.ts";
import { assembleText } from "../host/testing/probe-wasm.ts";
import { binaryenVersion } from "../host/wasm/asyncify.ts";
import { type ModuleCache, preparationVersion, prepareWasm } from "../host/wasm/preparation.ts";
import { artefactKind, readArtefact } from "./artefact-file.ts";
import { FileCache } from "./file-cache.ts";
import { prepareArtefact } from "./preparation.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "coprsim-artefact-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("the ending names the kind", () => {
  const kinds = ["a.wasm", "a.mjs", "a.TS", "liba.so", "a.dylib", "a.dll", "a.txt", "wasm"].map(
    artefactKind,
  );
  expect(kinds).toEqual([
    "wasm",
    "javascript",
    "javascript",
    "native",
    "native",
    "native",
    null,
    null,
  ]);
});

test("a file is read, or the person is told what is wrong with it", async () => {
  const path = join(folder, "a.wasm");
  await writeFile(path, "abc");
  await mkdir(join(folder, "folder.wasm"));
  expect(await readArtefact(path)).toEqual({ kind: "wasm", bytes: new Uint8Array([97, 98, 99]) });
  const codes = ["a.txt", "none.wasm", "folder.wasm"].map(async (name) => {
    const error: unknown = await readArtefact(join(folder, name)).catch(
      (reason: unknown) => reason,
    );
    return error instanceof UserError ? error.code : error;
  });
  expect(await Promise.all(codes)).toEqual(["bad-plugin", "missing-file", "unreadable-file"]);
});

test("equal bytes are prepared once; broken ones are values", async () => {
  const bytes = await assembleText(moduleText({}));
  const options = { kind: "wasm", cacheFolder: folder } as const;
  const first = await prepareArtefact(bytes, options);
  expect(first).toMatchObject({ kind: "wasm", info: { name: "tiny", version: "1.0.0" } });
  expect(await prepareArtefact(new Uint8Array(bytes), options)).toBe(first);
  expect(await readdir(folder)).toEqual([`${first.hash}-${preparationVersion}.wasm`]);
  const broken = await prepareArtefact(bytes.subarray(0, 40), options);
  expect(broken).toMatchObject({
    kind: "broken",
    code: "malformed",
    reason: expect.stringMatching(/cut off/),
  });
  const unhosted = await prepareArtefact(bytes, { kind: "native", cacheFolder: null });
  expect(unhosted).toMatchObject({ kind: "broken", code: "unhosted" });
  const script = await prepareArtefact(bytes, { kind: "javascript", cacheFolder: null });
  expect(script).toMatchObject({ kind: "broken", code: "malformed" });
});

test("a module in the cache is not made suspendable again, and runs", async () => {
  const kept = new Map<string, Uint8Array>();
  const done: string[] = [];
  const cache: ModuleCache = {
    read: (name) => Promise.resolve(kept.get(name) ?? null),
    write: (name, bytes) => {
      done.push(name);
      kept.set(name, bytes);
      return Promise.resolve();
    },
  };
  const bytes = await assembleText(moduleText({}));
  for (let turn = 0; turn < 2; turn++) {
    const plugin = await prepareWasm(bytes, cache);
    if (!("kind" in plugin)) throw new Error(plugin.reason);
    const loaded = plugin.instantiate(defaultPluginLimits);
    if (loaded.kind !== "loaded") throw new Error(loaded.text);
    const step = loaded.plugin.start({ ranges: [], data: new Uint8Array(0) }).step(null);
    expect(step).toEqual({ kind: "response", data: new Uint8Array(8) });
  }
  expect(done).toHaveLength(1);
});

test("a damaged or missing entry is absent; a folder that cannot be made is no error", async () => {
  const cache = new FileCache(join(folder, "deep", "cache"));
  const content = new Uint8Array([1, 2, 3, 4]);
  expect(await cache.read("a")).toBeNull();
  await cache.write("a", content);
  expect(await cache.read("a")).toEqual(content);
  const path = join(folder, "deep", "cache", "a");
  const whole = await readFile(path);
  await writeFile(path, whole.subarray(0, -1));
  expect(await cache.read("a")).toBeNull();
  await writeFile(path, whole.fill(9, 33, 34));
  expect(await cache.read("a")).toBeNull();
  const blocked = new FileCache(join(path, "no-folder"));
  await blocked.write("b", content);
  expect(await blocked.read("b")).toBeNull();
});

test("the version in the cache's names is the installed binaryen", async () => {
  const path = join(import.meta.dirname, "../../node_modules/binaryen/package.json");
  expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ version: binaryenVersion });
});
