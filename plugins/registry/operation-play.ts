/** Carries a file operation out on a plugin directory, one change after another. */
import { assert, unreachable } from "../../sim/assert.ts";
import type { PreparedPlugin } from "../api.ts";
import type { DirectoryOperation } from "./directory-operation.ts";
import type { PluginDirectory, PluginFile } from "./plugin-directory.ts";

type Copy = Extract<DirectoryOperation, { kind: "copy" | "overwrite" }>;

/** One operation under way. */
export class OperationPlay {
  readonly #directory: PluginDirectory;
  readonly #operation: DirectoryOperation;
  readonly #artefact: PreparedPlugin | null;
  /** The file that a copy writes to, wherever its name goes meanwhile. */
  #file: PluginFile | null = null;
  #chunk = 0;

  /** `artefact` is what the operation's own name stands for; null where it names none. */
  constructor(
    directory: PluginDirectory,
    operation: DirectoryOperation,
    artefact: PreparedPlugin | null,
  ) {
    this.#directory = directory;
    this.#operation = operation;
    this.#artefact = artefact;
  }

  /** The next change. Returns the time until the one after it, or null: it was the last. */
  step(): number | null {
    const operation = this.#operation;
    const directory = this.#directory;
    switch (operation.kind) {
      case "copy":
      case "overwrite":
        return this.#copy(operation);
      case "rename":
        directory.rename(operation.from, operation.to);
        return null;
      case "moveIn":
        assert(this.#artefact !== null, "what moves in is something");
        directory.moveIn(operation.file, this.#artefact);
        return null;
      case "moveOut":
        directory.moveOut(operation.file);
        return null;
      case "delete":
        directory.delete(operation.file);
        return null;
      case "truncate":
        return this.#truncate(operation.file);
      case "chmod":
        directory.changeMode(operation.file);
        return null;
      case "sync":
        directory.sync();
        return null;
      case "overflow":
        directory.overflow();
        return null;
      default:
        return unreachable(operation);
    }
  }

  /** Opening, writes at equal distances, closing right after the last one. */
  #copy(operation: Copy): number | null {
    const { kind, file, forUs, chunks, perMille } = operation;
    assert(chunks >= 1 && this.#artefact !== null, "a copy has something to write");
    if (this.#file === null) {
      this.#file = this.#directory.open(file, kind === "copy");
      return this.#untilNext(0, forUs, chunks);
    }
    const last = Math.floor((chunks * perMille) / 1_000);
    if (this.#chunk >= last) {
      this.#directory.close(this.#file);
      return null;
    }
    const chunk = ++this.#chunk;
    const done = Math.floor((chunk * 1_000) / chunks);
    this.#directory.write(this.#file, this.#artefact, done);
    return chunk >= last ? 0 : this.#untilNext(chunk, forUs, chunks);
  }

  #untilNext(chunk: number, forUs: number, chunks: number): number {
    return Math.floor((forUs * (chunk + 1)) / chunks) - Math.floor((forUs * chunk) / chunks);
  }

  /** `truncate`: opened, cut, closed. */
  #truncate(name: string): number | null {
    if (this.#file === null) {
      const found = this.#directory.find(name);
      if (found === undefined) return null;
      this.#file = found;
      this.#directory.write(found, null, 0);
      return 0;
    }
    this.#directory.close(this.#file);
    return null;
  }
}
