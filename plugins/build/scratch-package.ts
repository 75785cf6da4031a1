/**
 * The scratch package of a crate: a manifest of ours, and links to everything else of the crate, so
 * that paths in sources, `include_str!` and panics stay as they are. It lies inside the crate's own
 * `target`, below its `.cargo/config.toml` and `rust-toolchain.toml`.
 */
import {
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join, resolve } from "node:path";
import type { CrateManifests } from "./manifest-files.ts";

/** What the scratch package does not share with the crate. */
const ownFiles: ReadonlySet<string> = new Set(["Cargo.toml", "Cargo.lock", "target", ".git"]);

/** Version 4 of lock files, and the release of cargo that reads it (1.78). */
const newLock = { version: 4, minorRelease: 78 } as const;

export type ScratchPackage = {
  readonly crate: string;
  readonly kind: "wasm" | "native";
  readonly manifests: CrateManifests;
  /** Cargo.toml of the scratch package. */
  readonly manifestText: string;
  /** The release of the compiler, such as `1.95.0`. */
  readonly release: string;
};

/** Writes it, as far as it is not there from an earlier build, and returns its folder. */
export async function writeScratchPackage(wanted: ScratchPackage): Promise<string> {
  const { crate, kind, manifestText } = wanted;
  const shared = join(resolve(crate), "target", "coprsim");
  const folder = join(shared, kind);
  await mkdir(folder, { recursive: true });
  await writeChanged(join(shared, ".gitignore"), "*\n");
  await link(crate, folder);
  await writeChanged(join(folder, "Cargo.toml"), manifestText);
  await takeLock(wanted, folder);
  return folder;
}

/** Links what the crate has now, and removes links to what it has no more. */
async function link(crate: string, folder: string): Promise<void> {
  const entries = (await readdir(crate, { withFileTypes: true })).filter(
    ({ name }) => !ownFiles.has(name),
  );
  const names = new Set(entries.map(({ name }) => name));
  for (const name of await readdir(folder)) {
    if (!ownFiles.has(name) && !names.has(name)) await rm(join(folder, name), { force: true });
  }
  for (const entry of entries) {
    const [from, to] = [join(resolve(crate), entry.name), join(folder, entry.name)];
    const there = await lstat(to).catch(() => null);
    if (there?.isSymbolicLink() === true) continue;
    // Windows lets everybody link folders, but not files.
    if (entry.isFile() && process.platform === "win32") await copyFile(from, to);
    else if (there === null) await symlink(from, to, "junction").catch(ignoreExisting);
  }
}

/** Another build of the same crate may be a step ahead. */
function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
}

/** The crate's own choice of versions, unless this cargo is too old to read it. */
async function takeLock({ manifests, release }: ScratchPackage, folder: string): Promise<void> {
  const [path, from] = [join(folder, "Cargo.lock"), join(manifests.root.folder, "Cargo.lock")];
  const [made, lock] = [await textOf(path), await textOf(from)];
  // Another toolchain may have built here before.
  if (made !== null && !canRead(made, release)) await rm(path, { force: true });
  if (lock === null || !canRead(lock, release)) return;
  if ((await modifiedMs(path)) < (await modifiedMs(from))) await writeFile(path, lock);
}

function canRead(lock: string, release: string): boolean {
  const version = Number(/^version = (\d+)$/m.exec(lock)?.[1] ?? 1);
  return version < newLock.version || Number(release.split(".")[1] ?? 0) >= newLock.minorRelease;
}

function textOf(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}

/** When a file was last written, or 0. Cargo adds to our lock file, so its text tells nothing. */
async function modifiedMs(path: string): Promise<number> {
  return (await lstat(path).catch(() => null))?.mtimeMs ?? 0;
}

/** Leaves alone what is right: cargo builds again what looks newer. */
async function writeChanged(path: string, text: string): Promise<void> {
  if ((await textOf(path)) !== text) await writeFile(path, text);
}
