/** A disk as one incarnation sees it: after that incarnation's death its calls do nothing. */
import { assert } from "../assert.ts";
import { emptyBytes } from "../bytes.ts";
import type { Disk } from "../process.ts";

/** An operation under way. */
export type DiskOperation = {
  readonly kind: "append" | "write" | "sync" | "syncDirectory" | "rename" | "remove" | "read";
  /** "" for the directory. */
  readonly file: string;
  /** The new name of a rename, else "". */
  readonly to: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly token: number;
};

/** The part of a disk that carries operations out. */
export interface DiskDriver {
  start(incarnation: number, operation: DiskOperation): void;
  list(): readonly string[];
}

/** The calls of one incarnation. */
export class MountedDisk implements Disk {
  readonly #disk: DiskDriver;
  readonly #incarnation: number;

  constructor(disk: DiskDriver, incarnation: number) {
    this.#disk = disk;
    this.#incarnation = incarnation;
  }

  append(file: string, bytes: Uint8Array, token: number): void {
    this.#start({ kind: "append", file, to: "", offset: 0, bytes, token });
  }

  write(file: string, offset: number, bytes: Uint8Array, token: number): void {
    assert(Number.isSafeInteger(offset) && offset >= 0, "a write has an offset");
    this.#start({ kind: "write", file, to: "", offset, bytes, token });
  }

  sync(file: string, token: number): void {
    this.#start({ kind: "sync", file, to: "", offset: 0, bytes: emptyBytes, token });
  }

  syncDirectory(token: number): void {
    const kind = "syncDirectory";
    this.#start({ kind, file: "", to: "", offset: 0, bytes: emptyBytes, token });
  }

  rename(from: string, to: string, token: number): void {
    assert(to !== "", "a file has a name");
    this.#start({ kind: "rename", file: from, to, offset: 0, bytes: emptyBytes, token });
  }

  remove(file: string, token: number): void {
    this.#start({ kind: "remove", file, to: "", offset: 0, bytes: emptyBytes, token });
  }

  read(file: string, token: number): void {
    this.#start({ kind: "read", file, to: "", offset: 0, bytes: emptyBytes, token });
  }

  list(): readonly string[] {
    return this.#disk.list();
  }

  #start(operation: DiskOperation): void {
    assert(operation.file !== "" || operation.kind === "syncDirectory", "a file has a name");
    this.#disk.start(this.#incarnation, operation);
  }
}
