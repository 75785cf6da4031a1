/**
 * The manifest of a scratch package that builds a plugin crate against our SDK. The crate's own
 * manifest is not touched; what it inherits from its workspace is written out, so that both kinds
 * build alike. Source: The Cargo Book, "The Manifest Format" and "Workspaces".
 */
import { isAbsolute, join } from "node:path";
import { stringify } from "smol-toml";
import { UserError } from "../../sim/errors.ts";

/** A table of a manifest, as parsed. */
export type Table = Readonly<Record<string, unknown>>;

/** A manifest and the folder that its paths are relative to. */
export type Manifest = { readonly path: string; readonly folder: string; readonly table: Table };

export type ScratchOptions = {
  readonly manifest: Manifest;
  /** The manifest of its workspace; the same one where the crate is its own. */
  readonly root: Manifest;
  /** The folder of the stand-in for `coprocessor_plugin_api`. */
  readonly sdk: string;
  readonly kind: "wasm" | "native";
};

export type ScratchManifest = {
  /** Cargo.toml. */
  readonly text: string;
  /** The name of the library as in its file's name. */
  readonly library: string;
};

const apiCrate = "coprocessor_plugin_api";

/** Says whether a manifest takes something from a workspace that lies above it. */
export function inherits(value: unknown): boolean {
  if (!isTable(value)) return false;
  return value["workspace"] === true || Object.values(value).some(inherits);
}

/** The scratch manifest. Throws UserError `bad-plugin` for a crate that is no plugin. */
export function scratchManifest(options: ScratchOptions): ScratchManifest {
  const { manifest, root, kind } = options;
  const packageTable = packageOf(manifest, root);
  const lib = tableAt(manifest.table, "lib");
  const name = textAt(lib, "name") ?? textAt(packageTable, "name");
  if (name === null) throw badManifest(manifest, "the package has no name");
  const dependencies = dependencyTables(options);
  const text = stringify({
    package: packageTable,
    lib: { ...lib, "crate-type": [crateType(lib, kind)] },
    ...dependencies,
    ...optional("features", manifest.table["features"]),
    profile: { release: profile(tableAt(tableAt(root.table, "profile"), "release"), kind) },
    ...patches(options),
    // An own workspace, so that none above is looked for.
    workspace: optional("resolver", tableAt(root.table, "workspace")["resolver"]),
  });
  return { text, library: name.replaceAll("-", "_") };
}

/** Only the library is built: what else the package makes, and publishing, is left out. */
const packageKeys = [
  "name",
  "version",
  "authors",
  "edition",
  "rust-version",
  "description",
  "homepage",
  "repository",
  "license",
  "build",
  "links",
  "resolver",
] as const;

function packageOf({ path, folder, table }: Manifest, root: Manifest): Table {
  const own = tableAt(table, "package");
  const shared = tableAt(tableAt(root.table, "workspace"), "package");
  const kept: Record<string, unknown> = {};
  for (const key of packageKeys) {
    const value = own[key];
    if (value === undefined) continue;
    const inherited = isTable(value) && value["workspace"] === true;
    if (inherited && shared[key] === undefined) {
      throw badManifest({ path, folder, table }, `no workspace gives it package.${key}`);
    }
    kept[key] = inherited ? shared[key] : value;
  }
  return { ...kept, autobins: false, autoexamples: false, autotests: false, autobenches: false };
}

function crateType(lib: Table, kind: "wasm" | "native"): string {
  if (kind === "wasm") return "cdylib";
  const types = lib["crate-type"] ?? lib["crate_type"];
  const own = Array.isArray(types)
    ? types.find((one) => one === "dylib" || one === "cdylib")
    : null;
  return own === "cdylib" ? "cdylib" : "dylib";
}

/** The author's release profile. A wasm module cannot unwind, and nobody debugs it by symbols. */
function profile(release: Table, kind: "wasm" | "native"): Table {
  if (kind === "native") return release;
  const { package: _packages, ...rest } = release;
  return { ...rest, panic: "abort", strip: true, debug: false, lto: true };
}

const dependencyKinds = ["dependencies", "build-dependencies"] as const;

function dependencyTables(options: ScratchOptions): Table {
  const { table } = options.manifest;
  const own = dependenciesIn(table, options);
  const targets = Object.entries(tableAt(table, "target")).map(([target, inside]) => [
    target,
    dependenciesIn(isTable(inside) ? inside : {}, options),
  ]);
  if (!mentionsApi([own, ...targets.map(([, inside]) => inside)])) {
    throw badManifest(options.manifest, `it does not depend on ${apiCrate}`);
  }
  return { ...own, ...(targets.length === 0 ? {} : { target: Object.fromEntries(targets) }) };
}

/** Tables of dependencies in a manifest or under one of its targets. */
function dependenciesIn(table: Table, options: ScratchOptions): Table {
  const found: Record<string, Table> = {};
  for (const kind of dependencyKinds) {
    const entries = Object.entries(tableAt(table, kind));
    if (entries.length === 0) continue;
    found[kind] = Object.fromEntries(
      entries.map(([name, value]) => [name, dependency(name, value, options)]),
    );
  }
  return found;
}

function mentionsApi(tables: readonly unknown[]): boolean {
  return tables.some((table) =>
    Object.entries(tableAt(isTable(table) ? table : {}, "dependencies")).some(
      ([name, value]) => crateNameOf(name, value) === apiCrate,
    ),
  );
}

function dependency(name: string, value: unknown, options: ScratchOptions): unknown {
  const { manifest, root, sdk } = options;
  const inherited = isTable(value) && value["workspace"] === true;
  const found = inherited ? inheritedDependency(name, value, options) : value;
  const crate = crateNameOf(name, found);
  if (crate === apiCrate) {
    return { path: sdk, ...(name === apiCrate ? {} : { package: apiCrate }) };
  }
  return withAbsolutePath(found, inherited ? root.folder : manifest.folder);
}

/** A member adds features to what the workspace says, and may make it optional. */
function inheritedDependency(name: string, own: Table, { manifest, root }: ScratchOptions): Table {
  const shared = tableAt(tableAt(root.table, "workspace"), "dependencies")[name];
  if (shared === undefined) throw badManifest(manifest, `no workspace gives it dependency ${name}`);
  const base: Table = isTable(shared) ? shared : { version: shared };
  const { workspace: _workspace, features: ownFeatures, ...rest } = own;
  const features = [
    ...listAt(base, "features"),
    ...(Array.isArray(ownFeatures) ? ownFeatures : []),
  ];
  return { ...base, ...rest, ...(features.length === 0 ? {} : { features }) };
}

/** The root's patches. Of a workspace's, only those of crates that this one itself names. */
function patches({ manifest, root, sdk }: ScratchOptions): Table {
  const named = dependencyKinds.flatMap((kind) => Object.keys(tableAt(manifest.table, kind)));
  const kept: Record<string, Table> = {};
  for (const [source, value] of Object.entries(tableAt(root.table, "patch"))) {
    const entries = Object.entries(isTable(value) ? value : {})
      .filter(([name]) => root.path === manifest.path || named.includes(name))
      .map(([name, patch]) => {
        const toSdk = crateNameOf(name, patch) === apiCrate;
        return [name, toSdk ? { path: sdk } : withAbsolutePath(patch, root.folder)];
      });
    if (entries.length > 0) kept[source] = Object.fromEntries(entries);
  }
  return Object.keys(kept).length === 0 ? {} : { patch: kept };
}

function crateNameOf(name: string, value: unknown): string {
  return (isTable(value) ? textAt(value, "package") : null) ?? name;
}

function withAbsolutePath(value: unknown, folder: string): unknown {
  if (!isTable(value)) return value;
  const path = textAt(value, "path");
  if (path === null || isAbsolute(path)) return value;
  return { ...value, path: join(folder, path) };
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tableAt(table: Table, key: string): Table {
  const value = table[key];
  return isTable(value) ? value : {};
}

function textAt(table: Table, key: string): string | null {
  const value = table[key];
  return typeof value === "string" ? value : null;
}

function listAt(table: Table, key: string): readonly unknown[] {
  const value = table[key];
  return Array.isArray(value) ? value : [];
}

function optional(key: string, value: unknown): Table {
  return value === undefined ? {} : { [key]: value };
}

function badManifest({ path }: Manifest, message: string): UserError {
  const hint = `a plugin is a library crate that depends on ${apiCrate}`;
  return new UserError(message, { code: "bad-plugin", where: path, hint });
}
