/**
 * The key-value log: one frame for each batch, appended as soon as the disk is free, synced only
 * when asked. A file ends before the next begins: all its frames are durable by then, which lets
 * recovery tell a torn tail from damage.
 */
import { assert } from "../../sim/assert.ts";
import type { Disk, DiskError } from "../../sim/process.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { Durability } from "./durability.ts";
import type { EngineFailure } from "./engine.ts";
import { walName } from "./file-names.ts";
import { beginFrame, endFrame, magics, newFields } from "./frame.ts";
import type { KvBatch } from "./kv-batch.ts";

export type KvWalOptions = {
  readonly disk: Disk;
  /** It uses this token and the two after it. */
  readonly firstToken: number;
  readonly durability: Durability;
  /** The file to begin with: one that does not exist yet. */
  readonly number: number;
  /** The last sequence number so far; all up to it are durable. */
  readonly sequence: number;
  /** The highest frame of the Raft log that the files before claim durable. */
  readonly logClaim: number;
};

/** The writer of the key-value log. */
export class KvWal {
  readonly #disk: Disk;
  readonly #firstToken: number;
  readonly #durability: Durability;
  #number: number;
  #name: string;
  #bytesInFile = 0;
  /** The directory knows the file durably. */
  #linked = false;

  #sequence: number;
  /** The Raft log's last durable frame, as the last frame says. */
  #claimed: number;
  #appended: number;
  #appending = 0;
  #syncing = 0;
  #syncWanted: number;
  /** No frame after this one goes into the present file. */
  #sealAt = Number.POSITIVE_INFINITY;
  readonly #fields = newFields(magics.wal);
  #pending = new ByteWriter();
  #held = new ByteWriter();
  #failure: EngineFailure | null = null;

  constructor({ disk, firstToken, durability, number, sequence, logClaim }: KvWalOptions) {
    this.#disk = disk;
    this.#firstToken = firstToken;
    this.#durability = durability;
    this.#number = number;
    this.#name = walName(number);
    this.#sequence = sequence;
    this.#claimed = logClaim;
    this.#appended = sequence;
    this.#syncWanted = sequence;
    durability.wal = sequence;
  }

  /** The number of the file that is written. */
  get number(): number {
    return this.#number;
  }

  /** The last frame's sequence number. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Bytes handed to the present file. */
  get bytesInFile(): number {
    return this.#bytesInFile;
  }

  /** Not null when an operation failed. Nothing is written from then on. */
  get failure(): EngineFailure | null {
    return this.#failure;
  }

  /** True while the present file waits to be synced for the last time. */
  get sealing(): boolean {
    return this.#sealAt !== Number.POSITIVE_INFINITY;
  }

  /** Adds a batch as one frame. */
  append(batch: KvBatch): void {
    this.#add(batch);
  }

  /**
   * Adds an empty frame when the Raft log has durable frames that no frame here claims. Without it,
   * damage to the Raft log's last frame would look like a torn tail.
   */
  claim(): void {
    if (this.#failure === null && this.#claimed < this.#durability.log) this.#add(null);
  }

  #add(batch: KvBatch | null): void {
    assert(this.#failure === null, "a store whose disk failed writes no more");
    const sealed = this.sealing;
    const writer = sealed ? this.#held : this.#pending;
    const at = beginFrame(writer);
    batch?.encode(writer);
    this.#sequence += 1;
    const fields = this.#fields;
    fields.file = sealed ? this.#number + 1 : this.#number;
    fields.sequence = this.#sequence;
    fields.durable = this.#durability.wal;
    fields.otherDurable = this.#durability.log;
    endFrame(writer, at, fields);
    this.#claimed = fields.otherDurable;
    this.#pump();
  }

  /** Asks for everything so far to be made durable: done when `Durability.wal` is the answer. */
  sync(): number {
    assert(this.#failure === null, "a store whose disk failed syncs no more");
    this.#syncWanted = this.#sequence;
    this.#pump();
    return this.#syncWanted;
  }

  /** Ends the present file: what is appended from now on goes to the next, once this is synced. */
  seal(): number {
    assert(!this.sealing, "a file is sealed once");
    this.#sealAt = this.#sequence;
    const ended = this.#number;
    this.sync();
    return ended;
  }

  /** Takes the end of a disk operation. False when the token is another's. */
  diskDone(token: number, error: DiskError | null): boolean {
    const step = token - this.#firstToken;
    if (step < 0 || step > 2) return false;
    if (this.#failure !== null) return true;
    if (error !== null) this.#failure = { kind: "io", what: `write ${this.#name}`, error };
    else if (step === 0) this.#finishAppend();
    else if (step === 1 && !this.#linked) this.#disk.syncDirectory(this.#firstToken + 2);
    else this.#finishSync();
    return true;
  }

  #finishAppend(): void {
    this.#appended = this.#appending;
    this.#appending = 0;
    this.#pump();
  }

  #finishSync(): void {
    assert(this.#syncing > this.#durability.wal, "a sync makes progress");
    this.#linked = true;
    this.#durability.wal = this.#syncing;
    this.#syncing = 0;
    this.#pump();
  }

  #pump(): void {
    if (this.#failure !== null) return;
    if (this.#durability.wal >= this.#sealAt) this.#nextFile();
    if (this.#appending === 0 && this.#pending.length > 0) {
      this.#appending = Math.min(this.#sequence, this.#sealAt);
      this.#bytesInFile += this.#pending.length;
      this.#disk.append(this.#name, this.#pending.take(), this.#firstToken);
    }
    const wanted = Math.min(this.#syncWanted, this.#sealAt);
    if (this.#syncing === 0 && wanted > this.#durability.wal && this.#appended >= wanted) {
      this.#syncing = this.#appended;
      this.#disk.sync(this.#name, this.#firstToken + 1);
    }
  }

  #nextFile(): void {
    assert(this.#pending.length === 0 && this.#appending === 0, "a sealed file is written out");
    this.#number += 1;
    this.#name = walName(this.#number);
    this.#bytesInFile = 0;
    this.#linked = false;
    this.#sealAt = Number.POSITIVE_INFINITY;
    [this.#pending, this.#held] = [this.#held, this.#pending];
  }
}
