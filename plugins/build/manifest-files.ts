/** Reading the manifests of a crate: its own, and that of the workspace it belongs to. */
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { UserError } from "../../sim/errors.ts";
import type { Manifest, Table } from "./manifest.ts";

/** A crate's manifest and its workspace's, which is the same one if it belongs to none. */
export type CrateManifests = { readonly manifest: Manifest; readonly root: Manifest };

/** Reads them. Throws UserError `missing-file` or `bad-plugin`. */
export async function readManifests(crate: string): Promise<CrateManifests> {
  const path = join(crate, "Cargo.toml");
  const manifest = await readManifest(path);
  if (manifest === null) {
    const hint = "a Rust crate has a Cargo.toml";
    throw new UserError("no such file", { code: "missing-file", where: path, hint });
  }
  return { manifest, root: await findRoot(manifest) };
}

/** Like cargo: itself, the one that it names, or the nearest above that does not exclude it. */
async function findRoot(manifest: Manifest): Promise<Manifest> {
  const { folder, table } = manifest;
  if (table["workspace"] !== undefined) return manifest;
  const { package: own = {} } = table;
  const named =
    typeof own === "object" && own !== null && "workspace" in own ? own.workspace : null;
  if (typeof named === "string") {
    return (await readManifest(join(folder, named, "Cargo.toml"))) ?? manifest;
  }
  for (let above = dirname(folder); ; above = dirname(above)) {
    const found = await readManifest(join(above, "Cargo.toml"));
    const workspace = found?.table["workspace"];
    if (found !== null && workspace !== undefined) {
      return excludes(workspace, relative(above, folder)) ? manifest : found;
    }
    if (above === dirname(above)) return manifest;
  }
}

/** A folder that is listed itself is a member, whatever is excluded above it. */
function excludes(workspace: unknown, path: string): boolean {
  const isBelow = (key: string): boolean => {
    const listed = typeof workspace === "object" ? Object.entries(workspace ?? {}) : [];
    const [, folders] = listed.find(([name]) => name === key) ?? [];
    return Array.isArray(folders) && folders.some((one) => `${path}/`.startsWith(`${one}/`));
  };
  return isBelow("exclude") && !isBelow("members");
}

async function readManifest(path: string): Promise<Manifest | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  return text === null ? null : { path, folder: resolve(dirname(path)), table: parsed(text, path) };
}

function parsed(text: string, path: string): Table {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [message = ""] = error.message.split("\n");
    const hint = `${message} at line ${error.line}, column ${error.column}`;
    throw new UserError("not a Cargo.toml", { code: "bad-plugin", where: path, hint });
  }
}
