/**
 * What one store must have loaded, told a second time from the history of its directory: which file
 * events a watcher with TiKV's delay makes of changes, and what each policy does about them. Shares
 * nothing with plugins/registry. Where the order of two things at one instant decides, it says that
 * it does not know. Source: tikv-semantics.md 2.1 and 2.2; notify 4.0.16 src/debounce.
 */
import { directoryChanges } from "../../nodes/events.ts";

/** TiKV's delay of the watcher, in both timing profiles. */
export const watcherDelayUs = 3_000_000;
/** Closer than this, clocks' drift and the schedule decide what comes first. */
const tieUs = 2_000;

export type DirectoryReferenceOptions = {
  readonly fidelity: "tikv" | "contract";
  /** The digest of the name that a code's plugin has; null: no host admits it. */
  readonly admittedName: (code: number) => number | null;
  /** Whether a file's name is one of a library. */
  readonly isLibrary: (file: number) => boolean;
  /** What the directory holds at first: codes by files. */
  readonly initial: ReadonlyMap<number, number>;
};

/** Something is still to be said of a file. */
type Pending = {
  /** It will be said to be new: the one thing that TiKV loads for. */
  readonly isNew: boolean;
  readonly isGone: boolean;
  /** It went elsewhere: to the watcher, half a rename. */
  readonly isHalf: boolean;
  readonly dueUs: number;
};

export class DirectoryReference {
  readonly #options: DirectoryReferenceOptions;
  /** Codes by files; 0 = not whole. */
  readonly #contents: Map<number, number>;
  /** By file, in the order of what began their delays: of equal times the first is said first. */
  readonly #pending = new Map<number, Pending>();
  /** `tikv`: the paths that were loaded, and what serves each name. */
  readonly #paths = new Set<number>();
  readonly #served = new Map<number, number>();
  /** `contract`: what each file last gave. */
  readonly #given = new Map<number, number>();
  #isWatching = false;
  #isScanned = false;
  #isKnown = true;
  #settledUs = 0;

  constructor(options: DirectoryReferenceOptions) {
    this.#options = options;
    this.#contents = new Map(options.initial);
  }

  /** The code that a file holds, 0 if it is not whole; undefined: there is no such file. */
  contentOf(file: number): number | undefined {
    return this.#contents.get(file);
  }

  get files(): ReadonlyMap<number, number> {
    return this.#contents;
  }

  /** The store's process runs and watches its directory, which it has not scanned yet. */
  booted(): void {
    this.ended();
    this.#isWatching = true;
  }

  /** The store has scanned its directory, in this order. */
  scanned(order: readonly number[], nowUs: number): void {
    this.#deliver(nowUs - tieUs);
    this.#isScanned = true;
    this.#settledUs = nowUs;
    for (const file of order) {
      if (this.#options.fidelity === "tikv") this.#load(file);
      else if (!this.#pending.has(file)) this.#look(file);
    }
  }

  /** The store's process is gone, and all that it knew. */
  ended(): void {
    this.#isWatching = false;
    this.#isScanned = false;
    this.#isKnown = true;
    this.#pending.clear();
    this.#paths.clear();
    this.#served.clear();
    this.#given.clear();
  }

  /** What the store makes of its directory can no longer be told: it stood still, say. */
  forget(): void {
    this.#isKnown = false;
  }

  /** One change of the directory. */
  changed(change: Change): void {
    const { nowUs } = change;
    this.#deliver(nowUs - tieUs);
    // What is due at this very instant may have been delivered before the change or after it.
    for (const { dueUs } of this.#pending.values()) if (dueUs <= nowUs + tieUs) this.forget();
    this.#apply(change);
    if (this.#isWatching) this.#note(change);
  }

  /**
   * The codes that must serve, sorted; null where that is not settled, or not to be known: the
   * watcher has something to say yet, or has only just said it.
   */
  expected(nowUs: number, slackUs: number): readonly number[] | null {
    if (!this.#isScanned || !this.#isKnown) return null;
    this.#deliver(nowUs - tieUs);
    if (this.#pending.size > 0 || this.#settledUs > nowUs - slackUs) return null;
    const codes = this.#options.fidelity === "tikv" ? this.#served : this.#given;
    return [...codes.values()].sort((a, b) => a - b);
  }

  // The directory ------------------------------------------------------------------------------

  #apply({ file, kind, content, other }: Change): void {
    switch (kind) {
      case directoryChanges.deleted:
      case directoryChanges.movedOut:
      case directoryChanges.lost:
        this.#contents.delete(file);
        return;
      case directoryChanges.renamed:
        this.#contents.delete(file);
        this.#contents.set(other, content);
        return;
      case directoryChanges.overflowed:
        return;
      default:
        this.#contents.set(file, content);
        return;
    }
  }

  // The watcher --------------------------------------------------------------------------------

  #note({ nowUs, file, kind, other }: Change): void {
    const known = this.#pending.get(file);
    const dueUs = nowUs + watcherDelayUs;
    const changed: Pending = { isNew: false, isGone: false, isHalf: false, dueUs };
    switch (kind) {
      case directoryChanges.created:
      case directoryChanges.movedIn:
        // Half a rename, then this: TiKV's watcher may take it for new or for written.
        if (known?.isHalf === true && this.#options.fidelity === "tikv") this.forget();
        if (known === undefined) this.#delay(file, { ...changed, isNew: true });
        else if (known.isGone) this.#delay(file, changed);
        return; // A repetition does not even begin the delay again.
      case directoryChanges.written:
      case directoryChanges.modeChanged:
        this.#delay(file, { ...changed, isNew: known?.isNew ?? false });
        return;
      case directoryChanges.movedOut:
        this.#delay(file, { isNew: false, isGone: true, isHalf: true, dueUs });
        return;
      case directoryChanges.deleted:
        // New and gone: the watcher says nothing. A careful host has to see it all the same.
        if (known?.isNew === true && this.#options.fidelity === "tikv") this.#pending.delete(file);
        else if (known?.isGone !== true) {
          this.#delay(file, { isNew: false, isGone: true, isHalf: false, dueUs });
        }
        return;
      case directoryChanges.renamed:
        this.#pending.delete(file);
        this.#delay(other, { ...changed, isNew: known?.isNew ?? false });
        return;
      default:
        return; // Closing says nothing; what a power loss takes, nobody hears.
    }
  }

  /** Its delay begins now, behind all others. */
  #delay(file: number, pending: Pending): void {
    this.#pending.delete(file);
    this.#pending.set(file, pending);
  }

  /** Everything that is due by then is said. */
  #deliver(untilUs: number): void {
    for (;;) {
      const [first] = this.#pending;
      if (first === undefined) return;
      const [file, { dueUs, isNew }] = first;
      if (dueUs > untilUs) return;
      this.#pending.delete(file);
      this.#settledUs = dueUs;
      if (this.#options.fidelity === "contract") this.#lookAtAll();
      else if (isNew) this.#load(file);
    }
  }

  // The policies -------------------------------------------------------------------------------

  /** `tikv`: a path is loaded once; the last plugin of a name serves; nothing is ever unloaded. */
  #load(file: number): void {
    const name = this.#admitted(file);
    if (name === null || this.#paths.has(file)) return;
    this.#paths.add(file);
    this.#served.set(name, this.#contents.get(file) ?? 0);
  }

  /** `contract`: what serves is a function of the files that are quiet. */
  #lookAtAll(): void {
    for (const file of this.#contents.keys()) if (!this.#pending.has(file)) this.#look(file);
    for (const file of this.#given.keys()) {
      if (!this.#contents.has(file) && !this.#pending.has(file)) this.#given.delete(file);
    }
  }

  /** A file that is broken goes on serving what it gave before. */
  #look(file: number): void {
    if (this.#admitted(file) !== null) this.#given.set(file, this.#contents.get(file) ?? 0);
  }

  #admitted(file: number): number | null {
    const code = this.#contents.get(file) ?? 0;
    return code === 0 || !this.#options.isLibrary(file) ? null : this.#options.admittedName(code);
  }
}

/** A change as `directoryChanged` tells it. */
export type Change = {
  readonly nowUs: number;
  readonly file: number;
  /** One of `directoryChanges`. */
  readonly kind: number;
  readonly content: number;
  readonly other: number;
};
