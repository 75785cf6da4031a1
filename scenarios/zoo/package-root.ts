/** The folder of this package: its sources lie there in a checkout and in an installed package. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

function find(folder: string): string {
  if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "nodes"))) return folder;
  const parent = dirname(folder);
  return parent === folder ? folder : find(parent);
}

export const packageRoot: string = find(import.meta.dirname);
