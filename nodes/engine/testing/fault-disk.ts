/**
 * A disk for tests whose every step the test chooses: operations wait until `complete`, and a crash
 * or a power loss leaves whatever a real disk might. Stricter than the kernel's: operations on
 * different files complete in any order, an unsynced tail survives in any of its sectors,
 * directory changes survive independently of each other.
 */
import { assert } from "../../../sim/assert.ts";
import type { Disk, DiskError } from "../../../sim/process.ts";

type Inode = { volatile: Uint8Array; durable: Uint8Array };
type Directory = Map<string, Inode>;
type DirectoryChange =
  | { readonly kind: "create"; readonly file: string; readonly inode: Inode }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "remove"; readonly file: string };

/** An operation that waits for its completion. */
export type Waiting = {
  readonly kind: "append" | "write" | "sync" | "syncDirectory" | "rename" | "remove" | "read";
  readonly file: string;
  readonly to: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly token: number;
};

/** An integer from 0 up to, not including, `n`. */
export type Below = (n: number) => number;

/** Chance for tests that need no more than variety (a Weyl sequence, mixed). */
export function testChance(seed: number): Below {
  let state = seed | 0;
  return (n) => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % n;
  };
}

const sectorBytes = 512;

/** The disk. One file system over all boots of a test. */
export class FaultDisk implements Disk {
  /** Where completions go: the present incarnation. */
  onDone: (token: number, error: DiskError | null, bytes: Uint8Array | null) => void = () => {};
  /** Looked at before each operation takes effect: an error to fail it with, or null. */
  failure: (operation: Waiting) => DiskError | null = () => null;
  #names: Directory = new Map();
  #durableNames: Directory = new Map();
  #changes: DirectoryChange[] = [];
  #waiting: Waiting[] = [];

  /** The operations that wait, in the order of the calls. */
  get waiting(): readonly Waiting[] {
    return this.#waiting;
  }

  append(file: string, bytes: Uint8Array, token: number): void {
    this.#add({ kind: "append", file, to: "", offset: 0, bytes, token });
  }

  write(file: string, offset: number, bytes: Uint8Array, token: number): void {
    this.#add({ kind: "write", file, to: "", offset, bytes, token });
  }

  sync(file: string, token: number): void {
    this.#add({ kind: "sync", file, to: "", offset: 0, bytes: new Uint8Array(0), token });
  }

  syncDirectory(token: number): void {
    this.#add({
      kind: "syncDirectory",
      file: "",
      to: "",
      offset: 0,
      bytes: new Uint8Array(0),
      token,
    });
  }

  rename(from: string, to: string, token: number): void {
    this.#add({ kind: "rename", file: from, to, offset: 0, bytes: new Uint8Array(0), token });
  }

  remove(file: string, token: number): void {
    this.#add({ kind: "remove", file, to: "", offset: 0, bytes: new Uint8Array(0), token });
  }

  read(file: string, token: number): void {
    this.#add({ kind: "read", file, to: "", offset: 0, bytes: new Uint8Array(0), token });
  }

  list(): readonly string[] {
    return [...this.#names.keys()].sort();
  }

  /** The bytes of a file as a read would give them. */
  content(file: string): Uint8Array {
    const inode = this.#names.get(file);
    assert(inode !== undefined, "the test names a file that exists");
    return inode.volatile;
  }

  /** Replaces a file's bytes at rest, durably: what rot and astray writes do. */
  overwrite(file: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const inode = this.#names.get(file);
    assert(inode !== undefined, "the test names a file that exists");
    inode.volatile = change(inode.volatile.slice());
    inode.durable = inode.volatile;
  }

  /** Completes one waiting operation: the first of its file, the file chosen by chance. */
  complete(below: Below = () => 0): void {
    const heads = this.#waiting.filter((one, at) => {
      return this.#waiting.findIndex(({ file }) => file === one.file) === at;
    });
    const operation = heads[below(heads.length)];
    assert(operation !== undefined, "an operation waits");
    this.#waiting.splice(this.#waiting.indexOf(operation), 1);
    const error = this.failure(operation);
    if (error !== null) this.#fail(operation);
    const missing = error === null && !this.#apply(operation) ? "missing" : error;
    const read = operation.kind === "read" && missing === null;
    const bytes = read ? this.content(operation.file).slice() : null;
    this.onDone(operation.token, missing, bytes);
  }

  /** Completes everything, also what completions start. */
  settle(below: Below = () => 0): void {
    for (let steps = 0; this.#waiting.length > 0; steps++) {
      assert(steps < 100_000, "a store comes to rest");
      this.complete(below);
    }
  }

  /** The process dies: completed writes stay; what was under way happens, partly happens or not. */
  crash(below: Below): void {
    const doomed = this.#waiting;
    this.#waiting = [];
    this.onDone = () => {};
    const stopped = new Set<string>();
    for (const operation of doomed) {
      const fate = stopped.has(operation.file) ? 0 : below(3);
      if (fate === 2) {
        this.#apply(operation);
        continue;
      }
      stopped.add(operation.file);
      if (fate === 0 || operation.kind !== "append") continue;
      const before = this.#names.get(operation.file)?.volatile.length ?? 0;
      const end = edge(before, before + operation.bytes.length, below);
      if (end > before)
        this.#apply({ ...operation, bytes: operation.bytes.subarray(0, end - before) });
    }
  }

  /** The machine dies: of what was not synced, any part survives. */
  losePower(below: Below): void {
    this.crash(below);
    for (const change of this.#changes) if (below(2) === 0) changeNames(this.#durableNames, change);
    this.#changes = [];
    this.#names = new Map(this.#durableNames);
    for (const inode of this.#names.values()) {
      inode.volatile = tear(inode, below);
      inode.durable = inode.volatile;
    }
  }

  #add(operation: Waiting): void {
    this.#waiting.push(operation);
  }

  #fail({ kind, file }: Waiting): void {
    const inode = this.#names.get(file);
    // fsyncgate: after a failed sync the unsynced pages are gone, and no later sync brings them.
    if (kind === "sync" && inode !== undefined) inode.volatile = inode.durable;
  }

  #apply(operation: Waiting): boolean {
    const { kind, file, to } = operation;
    const inode = this.#names.get(file);
    if (kind === "append" || kind === "write") {
      const target = inode ?? { volatile: new Uint8Array(0), durable: new Uint8Array(0) };
      if (inode === undefined) this.#change({ kind: "create", file, inode: target });
      const offset = kind === "append" ? target.volatile.length : operation.offset;
      const length = Math.max(target.volatile.length, offset + operation.bytes.length);
      const next = new Uint8Array(length);
      next.set(target.volatile);
      next.set(operation.bytes, offset);
      target.volatile = next;
      return true;
    }
    if (kind === "syncDirectory") {
      this.#durableNames = new Map(this.#names);
      this.#changes = [];
      return true;
    }
    if (inode === undefined) return false;
    if (kind === "sync") inode.durable = inode.volatile;
    if (kind === "rename") this.#change({ kind, from: file, to });
    if (kind === "remove") this.#change({ kind, file });
    return true;
  }

  #change(change: DirectoryChange): void {
    this.#changes.push(change);
    changeNames(this.#names, change);
  }
}

function changeNames(names: Directory, change: DirectoryChange): void {
  if (change.kind === "create") names.set(change.file, change.inode);
  else if (change.kind === "remove") names.delete(change.file);
  else {
    const inode = names.get(change.from);
    if (inode === undefined) return;
    names.delete(change.from);
    names.set(change.to, inode);
  }
}

// Of the unsynced sectors each is new or was never written; the file ends at one of their edges.
function tear({ volatile, durable }: Inode, below: Below): Uint8Array {
  const torn = volatile.slice(0, edge(durable.length, volatile.length, below));
  for (let at = durable.length; at < torn.length; ) {
    const end = Math.min(torn.length, at - (at % sectorBytes) + sectorBytes);
    if (below(4) === 0) torn.fill(0, at, end);
    at = end;
  }
  return torn;
}

/** `from`, `to`, or a sector's edge between them. */
function edge(from: number, to: number, below: Below): number {
  const edges = [from, to];
  for (let at = from - (from % sectorBytes) + sectorBytes; at < to; at += sectorBytes)
    edges.push(at);
  return edges[below(edges.length)] as number;
}
