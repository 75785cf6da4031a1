/**
 * What a Raft entry of a store carries: mutations of the key-value state, or an administrative
 * command. Encoded once, when it is made, and digested once; entries, messages and both engines
 * carry the same object. Source: TiKV raft_cmdpb.proto (RaftCmdRequest, header and requests).
 */
import { assert, unreachable } from "../sim/assert.ts";
import { bytesPart, digestBytes, latin1Part, Slab } from "../sim/bytes.ts";
import { type EntryData, entryKinds } from "./raft/index.ts";

/** A mutation; `deleteRange` removes `[key, endKey)` of the region. */
export type Mutation =
  | { readonly kind: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "deleteRange"; readonly key: string; readonly endKey: string };

export type CommandBody =
  | { readonly kind: "write"; readonly mutations: readonly Mutation[] }
  | { readonly kind: "compactLog"; readonly index: number; readonly term: number }
  /** Every replica reports its checksum as of this entry (TiKV's consistency check). */
  | { readonly kind: "computeHash" }
  | SplitBody;

/**
 * TiKV's BatchSplit of one key with right-derive-when-split: the region keeps `[key, end)`, a new
 * one gets `[start, key)`. The ids come from the placement driver.
 */
export type SplitBody = {
  readonly kind: "split";
  readonly key: string;
  readonly newRegion: number;
  /** In the order of the region's peers. */
  readonly newPeers: readonly number[];
};

/** Where and under which epoch a command was proposed; checked again when it is applied. */
export type CommandHeader = {
  readonly regionId: number;
  readonly version: number;
  /** The operation that caused it, 0 = none; for events only. */
  readonly operation: number;
};

const tags = {
  put: 1,
  delete: 2,
  deleteRange: 3,
  compactLog: 9,
  computeHash: 10,
  split: 11,
} as const;

/** The kind of the entry stands before the command, so that the log can write the bytes as is. */
const kindBytes = 1;

type CommandParts = { readonly header: CommandHeader; readonly body: CommandBody };

/** Immutable. */
export class Command implements EntryData {
  /** What is written to the Raft log: the kind of a normal entry, then the command. */
  readonly bytes: Uint8Array;
  /** Null: not read yet. Most of what a recovery finds in the log was applied long ago. */
  #parts: CommandParts | null;
  /** -1: nobody asked for it yet. */
  #digest = -1;

  /** `parts`: what the bytes say, if that is known. */
  constructor(bytes: Uint8Array, parts: CommandParts | null) {
    this.bytes = bytes;
    this.#parts = parts;
  }

  get header(): CommandHeader {
    this.#parts ??= readParts(this.bytes);
    return this.#parts.header;
  }

  get body(): CommandBody {
    this.#parts ??= readParts(this.bytes);
    return this.#parts.body;
  }

  get digest(): number {
    if (this.#digest < 0) this.#digest = digestBytes(this.bytes, 0, kindBytes);
    return this.#digest;
  }

  get size(): number {
    return this.bytes.length - kindBytes;
  }
}

/** Makes a command of its parts. */
export function command(header: CommandHeader, body: CommandBody): Command {
  const writer = new Writer(kindBytes + sizeOf(body));
  writer.byte(entryKinds.normal);
  writer.number(header.regionId);
  writer.number(header.version);
  writer.number(header.operation);
  switch (body.kind) {
    case "compactLog":
      writer.byte(tags.compactLog);
      writer.number(body.index);
      writer.number(body.term);
      break;
    case "computeHash":
      writer.byte(tags.computeHash);
      break;
    case "split":
      writer.byte(tags.split);
      writer.text(body.key);
      writer.number(body.newRegion);
      writer.number(body.newPeers.length);
      for (const peer of body.newPeers) writer.number(peer);
      break;
    case "write":
      for (const mutation of body.mutations) encodeMutation(writer, mutation);
      break;
    default:
      unreachable(body);
  }
  return new Command(writer.bytes(), { header, body });
}

/**
 * What `command` wrote, as a command; read when somebody asks for a part. The bytes were
 * checksummed by the log, so damage is a bug.
 */
export function decodeCommand(bytes: Uint8Array): Command {
  assert(bytes[0] === entryKinds.normal, "a normal entry carries a command");
  return new Command(bytes, null);
}

function readParts(bytes: Uint8Array): CommandParts {
  const reader = new Reader(bytes);
  reader.byte();
  const header = {
    regionId: reader.number(),
    version: reader.number(),
    operation: reader.number(),
  };
  let mutations: Mutation[] = [];
  while (!reader.ended) {
    const tag = reader.byte();
    if (tag === tags.compactLog) {
      const body = { kind: "compactLog", index: reader.number(), term: reader.number() } as const;
      return { header, body };
    }
    if (tag === tags.computeHash) return { header, body: { kind: "computeHash" } };
    if (tag === tags.split) return { header, body: decodeSplit(reader) };
    const mutation = decodeMutation(reader, tag);
    // Mostly it is the only one: a push onto an empty list makes room for seventeen.
    if (mutations.length === 0) mutations = [mutation];
    else mutations.push(mutation);
  }
  return { header, body: { kind: "write", mutations } };
}

function encodeMutation(writer: Writer, mutation: Mutation): void {
  writer.byte(tags[mutation.kind]);
  writer.text(mutation.key);
  if (mutation.kind === "put") writer.blob(mutation.value);
  if (mutation.kind === "deleteRange") writer.text(mutation.endKey);
}

function decodeMutation(reader: Reader, tag: number): Mutation {
  const key = reader.text();
  if (tag === tags.put) return { kind: "put", key, value: reader.blob() };
  if (tag === tags.delete) return { kind: "delete", key };
  assert(tag === tags.deleteRange, "a mutation's tag is known");
  return { kind: "deleteRange", key, endKey: reader.text() };
}

function decodeSplit(reader: Reader): SplitBody {
  const [key, newRegion, count] = [reader.text(), reader.number(), reader.number()];
  const newPeers = Array.from({ length: count }, () => reader.number());
  return { kind: "split", key, newRegion, newPeers };
}

function sizeOf(body: CommandBody): number {
  if (body.kind === "split") return 25 + body.key.length + 4 * body.newPeers.length;
  if (body.kind !== "write") return body.kind === "compactLog" ? 21 : 13;
  let size = 12;
  for (const mutation of body.mutations) {
    size += 5 + mutation.key.length;
    if (mutation.kind === "put") size += 4 + mutation.value.length;
    if (mutation.kind === "deleteRange") size += 4 + mutation.endKey.length;
  }
  return size;
}

/** Where commands are written; nothing is written twice. */
const slab = new Slab();

/** Little-endian 32-bit numbers, texts as length and latin1 bytes. */
class Writer {
  readonly #buffer: Uint8Array;
  #at = 0;
  constructor(size: number) {
    this.#buffer = slab.room(size);
  }
  byte(value: number): void {
    this.#buffer[this.#at++] = value;
  }
  number(value: number): void {
    assert(value >= 0 && value <= 0xffff_ffff, "a number of a command has 32 bits");
    const buffer = this.#buffer;
    const at = this.#at;
    buffer[at] = value;
    buffer[at + 1] = value >>> 8;
    buffer[at + 2] = value >>> 16;
    buffer[at + 3] = value >>> 24;
    this.#at = at + 4;
  }
  text(value: string): void {
    this.number(value.length);
    // Keys are short: a loop is quicker than a call into C++.
    const buffer = this.#buffer;
    const start = this.#at;
    for (let at = 0; at < value.length; at++) buffer[start + at] = value.charCodeAt(at);
    this.#at = start + value.length;
  }
  blob(value: Uint8Array): void {
    this.number(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }
  bytes(): Uint8Array {
    assert(this.#at === this.#buffer.length, "a command's size was reckoned exactly");
    return this.#buffer;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }
  byte(): number {
    return this.#bytes[this.#at++] as number;
  }
  number(): number {
    const low = this.byte() | (this.byte() << 8) | (this.byte() << 16);
    return (low | (this.byte() << 24)) >>> 0;
  }
  text(): string {
    const start = this.#pass();
    return latin1Part(this.#bytes, start, this.#at);
  }
  blob(): Uint8Array {
    const start = this.#pass();
    return bytesPart(this.#bytes, start, this.#at);
  }
  /** Passes over what is as long as the next number says, and answers where that begins. */
  #pass(): number {
    const length = this.number();
    const start = this.#at;
    assert(start + length <= this.#bytes.length, "a length stays inside its command");
    this.#at = start + length;
    return start;
  }
}
