/**
 * Finding a crate's workspace, and its scratch package as files. To add a case, write manifests
 * into a folder of its own. Nothing is compiled here.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readManifests } from "./manifest-files.ts";
import { writeScratchPackage } from "./scratch-package.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-crates-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes files and returns the folder that holds them. */
function tree(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return join(folder, name);
}

const own = '[package]\nname = "p"\n';

test.each<[name: string, files: Readonly<Record<string, string>>, root: string]>([
  ["alone", { "a/Cargo.toml": own }, "a/Cargo.toml"],
  ["member", { "a/Cargo.toml": own, "Cargo.toml": "[workspace]\n" }, "Cargo.toml"],
  [
    "deep",
    { "a/Cargo.toml": `${own}[workspace]\n`, "Cargo.toml": "[workspace]\n" },
    "a/Cargo.toml",
  ],
  [
    "excluded",
    { "a/Cargo.toml": own, "Cargo.toml": '[workspace]\nexclude = ["a"]\n' },
    "a/Cargo.toml",
  ],
  ["alike", { "ab/Cargo.toml": own, "Cargo.toml": '[workspace]\nexclude = ["a"]\n' }, "Cargo.toml"],
  [
    "listed",
    { "a/Cargo.toml": own, "Cargo.toml": '[workspace]\nmembers = ["a"]\nexclude = ["a"]\n' },
    "Cargo.toml",
  ],
  [
    "named",
    { "a/Cargo.toml": `${own}workspace = "../w"\n`, "w/Cargo.toml": "[workspace]\n" },
    "w/Cargo.toml",
  ],
  ["package-above", { "a/Cargo.toml": own, "Cargo.toml": own }, "a/Cargo.toml"],
])("the workspace of a crate: %s", async (name, files, root) => {
  const [crate = ""] = Object.keys(files);
  const found = await readManifests(dirname(join(tree(name, files), crate)));
  expect(found.root.path).toBe(join(folder, name, root));
});

async function scratch(crate: string, release = "1.95.0", text = "[package]\n"): Promise<string> {
  const manifests = await readManifests(crate);
  return writeScratchPackage({ crate, kind: "wasm", manifests, manifestText: text, release });
}

test("everything of the crate is linked but its manifest; what is gone goes", async () => {
  const crate = tree("linked", {
    "Cargo.toml": own,
    "src/lib.rs": "// one\n",
    "data.txt": "data",
    "old.txt": "old",
    "target/release/x": "",
  });
  const made = await scratch(crate);
  expect(made).toBe(join(crate, "target", "coprsim", "wasm"));
  expect(readFileSync(join(made, "Cargo.toml"), "utf8")).toBe("[package]\n");
  expect(readFileSync(join(made, "src", "lib.rs"), "utf8")).toBe("// one\n");
  expect(lstatSync(join(made, "src")).isSymbolicLink()).toBe(true);
  expect(existsSync(join(made, "target"))).toBe(false);
  expect(readFileSync(join(crate, "target", "coprsim", ".gitignore"), "utf8")).toBe("*\n");

  rmSync(join(crate, "old.txt"));
  writeFileSync(join(crate, "new.txt"), "new");
  const { mtimeMs } = statSync(join(made, "Cargo.toml"));
  await scratch(crate);
  expect(existsSync(join(made, "old.txt"))).toBe(false);
  expect(readFileSync(join(made, "new.txt"), "utf8")).toBe("new");
  expect(statSync(join(made, "Cargo.toml")).mtimeMs).toBe(mtimeMs);
  expect(readFileSync(join(crate, "Cargo.toml"), "utf8")).toBe(own);
});

test.each<[version: string, release: string, taken: boolean]>([
  ["version = 3\n", "1.63.0", true],
  ["version = 4\n", "1.77.2", false],
  ["version = 4\n", "1.78.0", true],
  ["version = 4\n", "1.95.0", true],
  ["", "1.63.0", true],
])("a lock file of %o with rustc %s: taken %s", async (version, release, taken) => {
  const name = `lock-${version.length}-${version.trim().at(-1) ?? ""}-${release}`;
  const crate = tree(name, { "Cargo.toml": own, "Cargo.lock": `# lock\n${version}` });
  const made = await scratch(crate, release);
  const lock = join(made, "Cargo.lock");
  expect(existsSync(lock)).toBe(taken);
  if (!taken) {
    // What a newer cargo left there goes.
    writeFileSync(lock, version);
    await scratch(crate, release);
    return expect(existsSync(lock)).toBe(false);
  }
  writeFileSync(lock, "# cargo's\n");
  await scratch(crate, release);
  expect(readFileSync(lock, "utf8")).toBe("# cargo's\n");
  utimesSync(lock, 1, 1);
  await scratch(crate, release);
  expect(readFileSync(lock, "utf8")).toContain("# lock");
});
