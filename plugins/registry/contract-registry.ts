/**
 * The registry as a careful host promises it: what serves is a function of the files. Versions of
 * one name stand side by side; a file's new content takes over when it is whole and admitted, else
 * the old one goes on; requests end on the plugin that they began on; what is no longer in the
 * directory is unloaded when it is idle. The order of the directory plays no part.
 */
import { unreachable } from "../../sim/assert.ts";
import type { PluginLimits } from "../api.ts";
import { compareVersions } from "../version/index.ts";
import { begin, end, Generation, withdraw } from "./generation.ts";
import { isLibraryName, openLibrary, type Refusal } from "./library.ts";
import { type DirectoryEntry, type PluginFile, wholeArtefact } from "./plugin-directory.ts";
import {
  type LoadCause,
  noGenerations,
  type PluginRegistry,
  type RegistryListener,
} from "./registry.ts";
import type { DebouncedEvent } from "./watcher.ts";

export type ContractRegistryOptions = {
  readonly entries: () => readonly DirectoryEntry[];
  /** Whether the watcher will still speak of a file: it is not looked at before. */
  readonly isPending: (file: string) => boolean;
  readonly limits: PluginLimits;
  readonly listener: RegistryListener;
};

/** A state of a file that was refused: it is not tried again until it changes. */
type Tried = { readonly file: PluginFile; readonly edition: number };

export class ContractRegistry implements PluginRegistry {
  readonly #options: ContractRegistryOptions;
  /** What each file last gave, by its name. */
  readonly #byFile = new Map<string, Generation>();
  readonly #refused = new Map<string, Tried>();
  /** By the plugin's name: the highest version first; of equal ones the last file's. */
  readonly #serving = new Map<string, readonly Generation[]>();
  #generations = 0;
  readonly #retired: (generation: Generation) => void;

  constructor(options: ContractRegistryOptions) {
    this.#options = options;
    this.#retired = this.#retire.bind(this);
  }

  #retire(generation: Generation): void {
    const { listener } = this.#options;
    listener.retired(generation);
    generation.instance.destroy();
    listener.unloaded(generation);
  }

  scan(): void {
    this.#reconcile("scan");
  }

  react({ kind, file, to }: DebouncedEvent): void {
    // These come at once, while the file still changes.
    if (kind === "noticeWrite" || kind === "noticeRemove") return;
    if (kind === "rename") this.#move(file, to);
    this.#reconcile("watcher");
  }

  serving(name: string): readonly Generation[] {
    return this.#serving.get(name) ?? noGenerations;
  }

  begin(generation: Generation): void {
    begin(generation);
  }

  end(generation: Generation): void {
    end(generation, this.#retired);
  }

  /** A loaded file under another name, its content unchanged, stays as it is loaded. */
  #move(from: string, to: string): void {
    const generation = this.#byFile.get(from);
    if (generation === undefined || !isLibraryName(to)) return;
    const entries = this.#options.entries();
    const isThere = (name: string): boolean =>
      entries.some(
        (entry) => entry.name === name && wholeArtefact(entry.file) === generation.artefact,
      );
    if (isThere(from) || !isThere(to)) return;
    const former = this.#byFile.get(to);
    this.#byFile.delete(from);
    this.#byFile.set(to, generation);
    this.#options.listener.moved(generation, from, to);
    if (former !== undefined && former !== generation) this.#replace(former, generation);
    this.#arrange();
  }

  /** Brings what is loaded in line with every file that is quiet. */
  #reconcile(cause: LoadCause): void {
    const { entries, isPending } = this.#options;
    const quiet = entries().filter(({ name }) => isLibraryName(name) && !isPending(name));
    for (const entry of quiet.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      this.#look(entry, cause);
    }
    const present = new Set(entries().map(({ name }) => name));
    for (const [file, generation] of this.#byFile) {
      if (present.has(file) || isPending(file)) continue;
      this.#byFile.delete(file);
      this.#arrange();
      this.#options.listener.withdrawn(generation, file);
      withdraw(generation, this.#retired);
    }
    for (const file of this.#refused.keys()) if (!present.has(file)) this.#refused.delete(file);
  }

  #look({ name, file }: DirectoryEntry, cause: LoadCause): void {
    const former = this.#byFile.get(name);
    if (former !== undefined && wholeArtefact(file) === former.artefact) return;
    const tried = this.#refused.get(name);
    if (tried?.file === file && tried.edition === file.edition) return;
    const { limits, listener } = this.#options;
    const opened = openLibrary(file, limits);
    switch (opened.kind) {
      case "refused":
        return this.#refuse(name, file, opened.refusal);
      case "panicked":
      case "hangs": {
        const { artefact, text } = opened;
        return this.#refuse(name, file, { reason: "constructor", text, artefact });
      }
      case "opened": {
        const generation = new Generation({ number: ++this.#generations, ...opened });
        this.#refused.delete(name);
        this.#byFile.set(name, generation);
        this.#arrange();
        listener.loaded(name, generation, cause);
        if (former !== undefined) this.#replace(former, generation);
        return;
      }
      default:
        return unreachable(opened);
    }
  }

  #refuse(name: string, file: PluginFile, refusal: Refusal): void {
    this.#refused.set(name, { file, edition: file.edition });
    this.#options.listener.refused(name, refusal);
    this.#options.listener.logged(name, "loadFailed", refusal.text);
  }

  #replace(former: Generation, by: Generation): void {
    this.#options.listener.replaced(former, by);
    withdraw(former, this.#retired);
  }

  /** Who is asked first, name by name. */
  #arrange(): void {
    this.#serving.clear();
    const files = [...this.#byFile].sort(([a], [b]) => (a < b ? 1 : -1));
    for (const [, generation] of files) {
      const { name } = generation;
      this.#serving.set(name, [...this.serving(name), generation]);
    }
    for (const [name, generations] of this.#serving) {
      // Sorting keeps the order of files among equal versions.
      const sorted = generations.toSorted((a, b) => compareVersions(b.version, a.version));
      this.#serving.set(name, sorted);
    }
  }
}
