/** `plugin.json`: what an example folder says of itself. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../sim/errors.ts";

const schema = z.strictObject({
  name: z.string().min(1),
  language: z.enum(["assemblyscript", "typescript", "rust", "c"]),
  source: z.string().min(1),
  sourceFolders: z.array(z.string().min(1)).min(1),
  build: z.string().min(1).nullable(),
  artefact: z.string().min(1),
  contract: z.string().min(1),
  caughtBy: z
    .string()
    .regex(/^C[1-9][0-9]?$/, "a check such as C3")
    .optional(),
});

/** An example plugin as its `plugin.json` describes it; paths are relative to its folder. */
export type ExamplePlugin = {
  /** The plugin's name in requests. */
  readonly name: string;
  readonly language: "assemblyscript" | "typescript" | "rust" | "c";
  /** Where the plugin's code begins. */
  readonly source: string;
  /** Folders and files that the artefact is made from: a change in one of them makes it stale. */
  readonly sourceFolders: readonly string[];
  /** The command that builds it, run in the folder; null for in-process plugins. */
  readonly build: string | null;
  /** A file, or `in-process:` and the key in `inProcessExamples`. */
  readonly artefact: string;
  /** `built-in:NAME`, or a contract file relative to the folder. */
  readonly contract: string;
  /** Of a bad twin: the check that must find its bug. Null for a good one. */
  readonly caughtBy: string | null;
};

/** Reads a folder's `plugin.json`. Throws UserError `missing-file` or `bad-plugin`. */
export async function readExamplePlugin(folder: string): Promise<ExamplePlugin> {
  const path = join(folder, "plugin.json");
  const text = await readFile(path, "utf8").catch(() => {
    const hint = "an example folder has a plugin.json beside its source";
    throw new UserError("no such file", { code: "missing-file", where: path, hint });
  });
  const parsed = schema.safeParse(parseJson(text, path));
  if (!parsed.success) throw badPlugin(path, z.prettifyError(parsed.error));
  const { caughtBy = null, ...rest } = parsed.data;
  return { ...rest, caughtBy };
}

/** The folders under `root` (`plugins/examples`) with a `plugin.json`, in order of their names. */
export async function listExamples(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await folders(root)) {
    for (const variant of await folders(join(root, name))) {
      const files = await readdir(join(root, name, variant));
      if (files.includes("plugin.json")) found.push(join(root, name, variant));
    }
  }
  return found;
}

async function folders(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return names.sort((a, b) => (a < b ? -1 : 1));
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badPlugin(path, error instanceof Error ? error.message : String(error));
  }
}

function badPlugin(path: string, hint: string): UserError {
  return new UserError("not a plugin.json", { code: "bad-plugin", where: path, hint });
}
