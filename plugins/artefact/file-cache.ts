/** Prepared modules in a folder, one file each, so that the next process need not prepare them. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModuleCache } from "../host/wasm/preparation.ts";

const digestBytes = 32;

/**
 * Each file is the SHA-256 of its content and the content. A file that is damaged, cut off or
 * unreadable counts as absent; a folder that cannot be written to costs time, nothing else.
 */
export class FileCache implements ModuleCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(name: string): Promise<Uint8Array | null> {
    try {
      const bytes = await readFile(join(this.#folder, name));
      const content = bytes.subarray(digestBytes);
      const intact = digest(content).equals(bytes.subarray(0, digestBytes));
      return intact ? new Uint8Array(content) : null;
    } catch {
      return null;
    }
  }

  async write(name: string, content: Uint8Array): Promise<void> {
    // Several processes prepare the same artefact at once: each renames a whole file of its own.
    const path = join(this.#folder, name);
    const part = `${path}.${randomUUID()}.part`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(part, Buffer.concat([digest(content), content]));
      await rename(part, path);
    } catch {
      await rm(part, { force: true }).catch(() => undefined);
    }
  }
}

function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
