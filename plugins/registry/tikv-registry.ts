/**
 * The registry as TiKV has it: additive, the last plugin of a name wins, and a path that was loaded
 * once is never loaded again. Source: TiKV src/coprocessor_v2/plugin_registry.rs;
 * tikv-semantics.md 2.1 and 2.2.
 */
import { unreachable } from "../../sim/assert.ts";
import type { PluginLimits } from "../api.ts";
import { reloadRefusedText } from "../version/index.ts";
import { begin, end, Generation, withdraw } from "./generation.ts";
import { isLibraryName, openLibrary } from "./library.ts";
import type { DirectoryEntry, PluginFile } from "./plugin-directory.ts";
import {
  type LoadCause,
  noGenerations,
  type PluginRegistry,
  type RegistryListener,
  registryLogTexts,
} from "./registry.ts";
import type { DebouncedEvent } from "./watcher.ts";

export type TikvRegistryOptions = {
  /** `coprocessor-plugin-directory` as it is set: a path that may be relative. */
  readonly path: string;
  readonly find: (file: string) => PluginFile | undefined;
  readonly limits: PluginLimits;
  readonly listener: RegistryListener;
};

/** The plugin of a name, with the path that the registry believes it to have. */
type Entry = { path: string; file: string; readonly serving: readonly [Generation] };

export class TikvRegistry implements PluginRegistry {
  readonly #options: TikvRegistryOptions;
  readonly #libraryPaths = new Set<string>();
  readonly #loaded = new Map<string, Entry>();
  #generations = 0;
  #isHung = false;
  readonly #retired: (generation: Generation) => void;

  constructor(options: TikvRegistryOptions) {
    this.#options = options;
    this.#retired = this.#retire.bind(this);
  }

  /** The object is dropped with its last user; the library is leaked on purpose. */
  #retire(generation: Generation): void {
    const { listener } = this.#options;
    listener.retired(generation);
    generation.instance.destroy();
  }

  scan(entries: readonly DirectoryEntry[]): void {
    for (const { name } of entries) {
      if (isLibraryName(name)) this.#load(this.#scanPath(name), name, "scan");
    }
  }

  react({ kind, file, to }: DebouncedEvent): void {
    switch (kind) {
      case "create":
        if (isLibraryName(file)) this.#load(this.#watchPath(file), file, "watcher");
        return;
      case "remove":
        return this.#log(file, "removed");
      case "write":
        return this.#log(file, "overwritten");
      case "rename":
        return this.#rename(file, to);
      case "noticeWrite":
      case "noticeRemove":
      case "chmod":
      case "rescan":
        return;
      default:
        return unreachable(kind);
    }
  }

  serving(name: string): readonly Generation[] {
    return this.#loaded.get(name)?.serving ?? noGenerations;
  }

  begin(generation: Generation): void {
    begin(generation);
  }

  end(generation: Generation): void {
    end(generation, this.#retired);
  }

  /** A scan joins names to the directory as it is set. */
  #scanPath(file: string): string {
    return `${this.#options.path}/${file}`;
  }

  /** The watcher's paths begin at the root: other ones, where the setting is relative (H9). */
  #watchPath(file: string): string {
    const { path } = this.#options;
    return path.startsWith("/") ? `${path}/${file}` : `/${path}/${file}`;
  }

  #load(path: string, file: string, cause: LoadCause): void {
    // One load at a time holds the lock, and a constructor that hangs holds it for ever (H15).
    if (this.#isHung) return;
    const { listener, find, limits } = this.#options;
    if (this.#libraryPaths.has(path)) {
      const text = reloadRefusedText(path);
      listener.refused(file, { reason: "reload", text, artefact: null });
      return listener.logged(file, "reloadRefused", text);
    }
    const opened = openLibrary(find(file), limits);
    switch (opened.kind) {
      case "refused":
        listener.refused(file, opened.refusal);
        return listener.logged(file, "loadFailed", opened.refusal.text);
      case "panicked": // Nobody catches it.
        return listener.died(`plugin constructor: ${opened.text}`);
      case "hangs":
        this.#isHung = true;
        return listener.hung(`plugin constructor: ${opened.text}`);
      case "opened": {
        const generation = new Generation({ number: ++this.#generations, ...opened });
        this.#libraryPaths.add(path);
        listener.loaded(file, generation, cause);
        return this.#put({ path, file, serving: [generation] });
      }
      default:
        return unreachable(opened);
    }
  }

  /** Overwrites what had the name. */
  #put(entry: Entry): void {
    const [generation] = entry.serving;
    const old = this.#loaded.get(generation.name)?.serving[0];
    this.#loaded.set(generation.name, entry);
    if (old === undefined) return;
    this.#options.listener.replaced(old, generation);
    withdraw(old, this.#retired);
  }

  /** Only the path of a plugin changes that has the old one; the new file is not loaded. */
  #rename(from: string, to: string): void {
    const [old, path] = [this.#watchPath(from), this.#watchPath(to)];
    for (const entry of this.#loaded.values()) {
      if (entry.path !== old) continue;
      entry.path = path;
      this.#options.listener.moved(entry.serving[0], entry.file, to);
      entry.file = to;
      return;
    }
  }

  #log(file: string, log: "removed" | "overwritten"): void {
    this.#options.listener.logged(file, log, registryLogTexts[log]);
  }
}
