/** Plugin artefacts as files: what a path's ending says, and reading one for a person. */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { UserError } from "../../sim/errors.ts";

/** `native` libraries are only inspected, never executed. */
export type ArtefactKind = "wasm" | "javascript" | "native";

const kinds: ReadonlyMap<string, ArtefactKind> = new Map([
  [".wasm", "wasm"],
  [".js", "javascript"],
  [".mjs", "javascript"],
  [".ts", "javascript"],
  [".so", "native"],
  [".dylib", "native"],
  [".dll", "native"],
]);

/** The kind that a path's ending names, or null for any other ending. */
export function artefactKind(path: string): ArtefactKind | null {
  return kinds.get(extname(path).toLowerCase()) ?? null;
}

/** An artefact as read from its file. */
export type ArtefactFile = { readonly kind: ArtefactKind; readonly bytes: Uint8Array };

/**
 * Reads an artefact. Throws UserError `bad-plugin` for another ending, `missing-file` or
 * `unreadable-file`.
 */
export async function readArtefact(path: string): Promise<ArtefactFile> {
  const kind = artefactKind(path);
  if (kind === null) {
    throw new UserError("not a plugin artefact", {
      code: "bad-plugin",
      where: path,
      hint: `expected a file that ends in ${[...kinds.keys()].join(", ")}`,
    });
  }
  try {
    return { kind, bytes: new Uint8Array(await readFile(path)) };
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): UserError {
  const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
  const message = error instanceof Error ? error.message : String(error);
  return missing
    ? new UserError("no such file", { code: "missing-file", where: path, hint: "check the path" })
    : new UserError("cannot read the file", {
        code: "unreadable-file",
        where: path,
        hint: message,
      });
}
