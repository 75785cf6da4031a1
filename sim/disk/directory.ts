/** The names on a disk: what they are now, and which changes would survive a power loss. */
import { FileBody } from "./file.ts";

type Change =
  | { readonly kind: "create"; readonly name: string; readonly body: FileBody }
  | { readonly kind: "rename"; readonly name: string; readonly to: string }
  | { readonly kind: "remove"; readonly name: string };

/** Names and their files. Changes are durable once the directory is synced. */
export class Directory {
  #names = new Map<string, FileBody>();
  #durable = new Map<string, FileBody>();
  #changes: Change[] = [];

  /** How many changes of names would be in danger at a power loss. */
  get unsyncedChanges(): number {
    return this.#changes.length;
  }

  /** All files, in order of their creation. */
  get bodies(): IterableIterator<FileBody> {
    return this.#names.values();
  }

  /** All names and files, in order of their creation. */
  entries(): IterableIterator<[string, FileBody]> {
    return this.#names.entries();
  }

  find(name: string): FileBody | undefined {
    return this.#names.get(name);
  }

  create(name: string): FileBody {
    const body = new FileBody();
    this.#names.set(name, body);
    this.#changes.push({ kind: "create", name, body });
    return body;
  }

  rename(name: string, to: string): void {
    this.#changes.push({ kind: "rename", name, to });
    apply(this.#names, { kind: "rename", name, to });
  }

  remove(name: string): void {
    this.#changes.push({ kind: "remove", name });
    this.#names.delete(name);
  }

  sync(): void {
    for (const change of this.#changes) apply(this.#durable, change);
    this.#changes = [];
  }

  /** Power was lost: the first `surviving` changes since the last sync are what there was. */
  losePower(surviving: number): void {
    for (const change of this.#changes.slice(0, surviving)) apply(this.#durable, change);
    this.#names = new Map(this.#durable);
    this.#changes = [];
  }

  /** No file is left, durably. */
  clear(): void {
    this.#names.clear();
    this.#durable.clear();
    this.#changes = [];
  }

  /** In byte order. Names are latin1, so code units are bytes. */
  list(): readonly string[] {
    return [...this.#names.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }
}

function apply(names: Map<string, FileBody>, change: Change): void {
  if (change.kind === "create") {
    names.set(change.name, change.body);
    return;
  }
  const body = names.get(change.name);
  names.delete(change.name);
  if (change.kind === "rename" && body !== undefined) names.set(change.to, body);
}
