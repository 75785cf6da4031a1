/** Where this package lies, and its version. Works from the sources and from the bundles. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert } from "../sim/assert.ts";

/** The folder with package.json, sim/, plugins/examples/ and so on: absolute, no slash behind. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    assert(folder !== dirname(folder), "the package's own package.json lies above its code");
    folder = dirname(folder);
  }
  return folder;
}

/** The version in package.json. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8"));
  assert(typeof version === "string", "package.json has a version");
  return version;
}
