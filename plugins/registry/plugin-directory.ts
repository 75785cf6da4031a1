/**
 * A node's plugin directory: files that hold artefacts, whole or in part. It belongs to the
 * machine, so it outlives the process; a power loss takes some of what was not written back yet.
 * A pure state machine: times and chance come from the caller.
 */
import type { Stream } from "../../sim/index.ts";
import type { PreparedPlugin } from "../api.ts";

/** What happened to one file, in the words of file systems. */
export type DirectoryChangeKind =
  | "created"
  | "written"
  | "closed"
  | "modeChanged"
  | "deleted"
  | "renamed"
  | "movedIn"
  | "movedOut"
  | "overflowed"
  /** A power loss took the file. Nobody is told: no process ran. */
  | "lost"
  /** A power loss took part of the file, or brought back a file of the past. */
  | "damaged";

export type DirectoryChange = {
  readonly kind: DirectoryChangeKind;
  /** "" where it is about no file. */
  readonly file: string;
  /** The new name of a file that was renamed, else "". */
  readonly to: string;
};

/**
 * A file's bytes, wherever its name went: what a `dlopen` maps and what a copy goes on writing to.
 */
export type PluginFile = {
  /** The artefact that was written into it, or last of several; null = it is empty. */
  artefact: PreparedPlugin | null;
  /** How much of the artefact is there: 1000 = all of it and nothing else. */
  perMille: number;
  /** When its bytes were changed last; negative infinity: long ago. */
  changedUs: number;
  /** Its present name, or null: it was deleted, replaced or moved away. */
  name: string | null;
  /** Counts changes of its bytes: the same number, the same bytes. */
  edition: number;
};

/** A file in the directory as a reader finds it. */
export type DirectoryEntry = { readonly name: string; readonly file: PluginFile };

/** The artefact of a file that could be opened as a library, or null: empty, cut off or mixed. */
export function wholeArtefact(file: PluginFile | undefined): PreparedPlugin | null {
  return file === undefined || file.perMille < 1_000 ? null : file.artefact;
}

/** ext4's commit interval, microseconds: what was done before it is on the disk. */
const writeBackUs = 5_000_000;

/** A change of names that a power loss may undo: who had a name before. */
type NameChange = {
  readonly atUs: number;
  /** The names that it touched, each with the file that it named before. */
  readonly before: readonly (readonly [name: string, file: PluginFile | undefined])[];
};

export type PluginDirectoryOptions = {
  /** The present time. */
  readonly now: () => number;
  /** Told of every change when it has happened. */
  readonly changed: (change: DirectoryChange) => void;
  /** A place in `read_dir`'s order for a name that is seen for the first time. */
  readonly placeOf: (name: string) => number;
};

export class PluginDirectory {
  readonly #options: PluginDirectoryOptions;
  readonly #names = new Map<string, PluginFile>();
  /** By name: a file system keeps a name's place over deletions (a hash of it). */
  readonly #places = new Map<string, number>();
  #unwritten: NameChange[] = [];

  constructor(options: PluginDirectoryOptions) {
    this.#options = options;
  }

  /** Puts a complete file there as if it had always been there: nobody is told. */
  place(name: string, artefact: PreparedPlugin): void {
    const long = Number.NEGATIVE_INFINITY;
    const file = { artefact, perMille: 1_000, changedUs: long, name, edition: 0 };
    this.#name(name, file);
  }

  find(name: string): PluginFile | undefined {
    return this.#names.get(name);
  }

  /** Every file in `read_dir`'s order: arbitrary, and the directory's own. */
  entries(): readonly DirectoryEntry[] {
    const placeOf = (name: string): number => this.#places.get(name) ?? 0;
    return [...this.#names]
      .map(([name, file]) => ({ name, file }))
      .sort((a, b) => placeOf(a.name) - placeOf(b.name) || (a.name < b.name ? -1 : 1));
  }

  // What is done to it -------------------------------------------------------------------------

  /** Opens a file for writing: creates it when it is missing, else cuts it if asked to. */
  open(name: string, cuts: boolean): PluginFile {
    const found = this.#names.get(name);
    if (found === undefined) {
      const file: PluginFile = {
        artefact: null,
        perMille: 0,
        changedUs: this.#options.now(),
        name,
        edition: 0,
      };
      this.#rename([name], () => this.#name(name, file));
      this.#tell("created", name);
      return file;
    }
    if (cuts) this.write(found, null, 0);
    return found;
  }

  /** The file's bytes are now so much of an artefact. */
  write(file: PluginFile, artefact: PreparedPlugin | null, perMille: number): void {
    file.artefact = artefact;
    file.perMille = perMille;
    file.changedUs = this.#options.now();
    file.edition++;
    this.#tellOf(file, "written");
  }

  close(file: PluginFile): void {
    this.#tellOf(file, "closed");
  }

  changeMode(name: string): void {
    if (this.#names.has(name)) this.#tell("modeChanged", name);
  }

  delete(name: string): void {
    if (this.#take(name)) this.#tell("deleted", name);
  }

  moveOut(name: string): void {
    if (this.#take(name)) this.#tell("movedOut", name);
  }

  /** A complete file arrives under a name; what had the name is gone. */
  moveIn(name: string, artefact: PreparedPlugin): void {
    this.#rename([name], () => this.place(name, artefact));
    this.#tell("movedIn", name);
  }

  rename(from: string, to: string): void {
    const file = this.#names.get(from);
    if (file === undefined || from === to) return;
    this.#rename([from, to], () => {
      this.#unname(from);
      this.#name(to, file);
    });
    this.#options.changed({ kind: "renamed", file: from, to });
  }

  /** Everything is on the disk now. */
  sync(): void {
    this.#unwritten = [];
    for (const file of this.#names.values()) file.changedUs = Number.NEGATIVE_INFINITY;
  }

  overflow(): void {
    this.#tell("overflowed", "");
  }

  /**
   * The machine loses its power. Of the changes of names in the last seconds the first few are
   * there, by chance; a file whose bytes were written lately is whole, cut off or empty.
   */
  losePower(chance: Stream): void {
    const before = new Map([...this.#names].map(([name, file]) => [name, editionOf(file)]));
    this.#forgetOld();
    const kept = chance.below(this.#unwritten.length + 1);
    for (const change of this.#unwritten.slice(kept).reverse()) {
      for (const [name] of change.before) this.#unname(name);
      for (const [name, file] of change.before) if (file !== undefined) this.#name(name, file);
    }
    const oldestUs = this.#options.now() - writeBackUs;
    for (const { file } of this.entries()) {
      if (file.changedUs > oldestUs) loseBytes(file, chance);
    }
    this.sync();
    for (const name of before.keys()) if (!this.#names.has(name)) this.#tell("lost", name);
    for (const [name, file] of this.#names) {
      if (before.get(name) !== editionOf(file)) this.#tell("damaged", name);
    }
  }

  // Names --------------------------------------------------------------------------------------

  #name(name: string, file: PluginFile): void {
    this.#unname(name);
    if (!this.#places.has(name)) this.#places.set(name, this.#options.placeOf(name));
    this.#names.set(name, file);
    file.name = name;
  }

  #unname(name: string): void {
    const file = this.#names.get(name);
    if (file === undefined) return;
    this.#names.delete(name);
    file.name = null;
  }

  #take(name: string): boolean {
    if (!this.#names.has(name)) return false;
    this.#rename([name], () => this.#unname(name));
    return true;
  }

  /** Changes names, and notes who had them, as long as a power loss could undo it. */
  #rename(names: readonly string[], change: () => void): void {
    const before = names.map((name) => [name, this.#names.get(name)] as const);
    change();
    this.#forgetOld();
    this.#unwritten.push({ atUs: this.#options.now(), before });
  }

  #forgetOld(): void {
    const oldestUs = this.#options.now() - writeBackUs;
    this.#unwritten = this.#unwritten.filter(({ atUs }) => atUs > oldestUs);
  }

  #tell(kind: DirectoryChangeKind, file: string): void {
    this.#options.changed({ kind, file, to: "" });
  }

  /** Of a file without a name nobody hears. */
  #tellOf(file: PluginFile, kind: DirectoryChangeKind): void {
    if (file.name !== null) this.#tell(kind, file.name);
  }
}

/** Written pages reach the disk in any number; new files without them are empty. */
function loseBytes(file: PluginFile, chance: Stream): void {
  const left = chance.below(4);
  if (left >= 2 || file.perMille === 0) return;
  file.perMille = left === 0 ? 0 : chance.below(file.perMille);
  if (file.perMille === 0) file.artefact = null;
  file.edition++;
}

/** Tells one state of one file from every other. */
function editionOf(file: PluginFile): string {
  return `${file.artefact?.hash ?? ""}/${file.perMille}`;
}
