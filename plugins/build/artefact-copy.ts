/** Puts an artefact where it belongs: whole or not at all, as somebody may be reading it. */
import { randomUUID } from "node:crypto";
import { copyFile, mkdir, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Copies a file and returns `to`. Folders above it are made. */
export async function copyArtefact(from: string, to: string): Promise<string> {
  const part = `${to}.${randomUUID()}.part`;
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, part);
  await rename(part, to);
  return to;
}
