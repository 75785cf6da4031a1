/**
 * Messages as bytes, for the seeds that encode and decode every one of them: whatever a store would
 * share by mistake through a payload is lost on the way, and the network can flip real bits. What
 * is decoded has the classes, and the order of fields, of what is sent: code that was compiled for
 * the one serves the other. Nothing outside one run ever reads the bytes.
 */
import { assert } from "../sim/assert.ts";
import type { Codec } from "../sim/index.ts";
import { Command, command, decodeCommand } from "./command.ts";
import type { KvPair } from "./engine/index.ts";
import type { RegionError } from "./errors.ts";
import {
  type Conf,
  type ConfChange,
  Entry,
  type EntryKind,
  type MessageType,
  noEntries,
  RaftMessage,
  type Snapshot,
} from "./raft/index.ts";
import type { Region } from "./region.ts";
import { RegionState, SnapshotData } from "./store/region-state.ts";
import {
  type ErrorClass,
  noRegions,
  noStrings,
  noValues,
  type OperationNumber,
  RaftBatch,
  Request,
  Response,
  wireKinds,
} from "./wire.ts";
import { WireReader, WireWriter } from "./wire-bytes.ts";

const writer = new WireWriter();

/** The codec of everything that stores and clients send. */
export const wireCodec: Codec = {
  encode: (kind, payload) => {
    write(kind, payload);
    return writer.take();
  },
  isSame: (kind, payload, bytes) => {
    write(kind, payload);
    return writer.isSame(bytes);
  },
  decode: (kind, bytes) => {
    const reader = new WireReader(bytes);
    if (kind === wireKinds.raft) return readBatch(reader);
    return kind === wireKinds.request ? readRequest(reader) : readResponse(reader);
  },
};

function write(kind: number, payload: object): void {
  if (kind === wireKinds.raft) writeBatch(payload as RaftBatch);
  else if (kind === wireKinds.request) writeRequest(payload as Request);
  else writeResponse(payload as Response);
}

// Parts that several messages have -------------------------------------------------------------

type Write<Item> = (writer: WireWriter, item: Item) => void;
type Read<Item> = (reader: WireReader) => Item;

const writeNumber: Write<number> = (to, value) => to.number(value);
const readNumber: Read<number> = (from) => from.number();
const writeText: Write<string> = (to, value) => to.text(value);
const readText: Read<string> = (from) => from.text();
const writeBlob: Write<Uint8Array> = (to, value) => to.blob(value);
const readBlob: Read<Uint8Array> = (from) => from.blob();
/** What is seldom sent, or has many shapes. */
const writeJson: Write<Region | RegionError | Conf | ConfChange> = (to, value) =>
  to.text(JSON.stringify(value));
const readJson = <Item>(from: WireReader): Item => JSON.parse(from.text()) as Item;

// Requests and responses -----------------------------------------------------------------------

function writeRequest(request: Request): void {
  writer.number(request.operation);
  writer.number(request.rpc);
  writer.number(request.timeoutUs);
  writer.number(request.op);
  writer.number(request.regionId);
  writer.number(request.version);
  writer.number(request.confVer);
  writer.number(request.peerId);
  writer.number(request.storeId);
  writer.number(request.term);
  writer.flag(request.replicaRead);
  writer.text(request.key);
  writer.text(request.endKey);
  writer.blob(request.value);
  writer.list(request.keys, writeText);
  writer.list(request.values, writeBlob);
  writer.list(request.endKeys, writeText);
  writer.number(request.limit);
  writer.flag(request.reverse);
  writer.flag(request.keyOnly);
  writer.maybe(request.previous, writeBlob);
  writer.flag(request.deletes);
  writer.text(request.coprName);
  writer.text(request.coprVersionReq);
}

function readRequest(reader: WireReader): Request {
  const request = new Request();
  request.operation = reader.number();
  request.rpc = reader.number();
  request.timeoutUs = reader.number();
  request.op = reader.number() as OperationNumber;
  request.regionId = reader.number();
  request.version = reader.number();
  request.confVer = reader.number();
  request.peerId = reader.number();
  request.storeId = reader.number();
  request.term = reader.number();
  request.replicaRead = reader.flag();
  request.key = reader.text();
  request.endKey = reader.text();
  request.value = reader.blob();
  request.keys = reader.list(readText, noStrings);
  request.values = reader.list(readBlob, noValues);
  request.endKeys = reader.list(readText, noStrings);
  request.limit = reader.number();
  request.reverse = reader.flag();
  request.keyOnly = reader.flag();
  request.previous = reader.maybe(readBlob);
  request.deletes = reader.flag();
  request.coprName = reader.text();
  request.coprVersionReq = reader.text();
  return request;
}

function writeResponse(response: Response): void {
  writer.number(response.operation);
  writer.number(response.rpc);
  writer.number(response.status);
  writer.maybe(response.regionError, writeRegionError);
  writer.text(response.error);
  writer.number(response.errorClass);
  writer.maybe(response.value, writeBlob);
  writer.flag(response.succeeded);
  writer.list(response.keys, writeText);
  writer.list(response.values, writeBlob);
  writer.list(response.errors, writeText);
  writer.blob(response.data);
}

function readResponse(reader: WireReader): Response {
  const response = new Response();
  response.operation = reader.number();
  response.rpc = reader.number();
  response.status = reader.number();
  response.regionError = reader.maybe(readRegionError);
  response.error = reader.text();
  response.errorClass = reader.number() as ErrorClass;
  response.value = reader.maybe(readBlob);
  response.succeeded = reader.flag();
  response.keys = reader.list(readText, noStrings);
  response.values = reader.list(readBlob, noValues);
  response.errors = reader.list(readText, noStrings);
  response.data = reader.blob();
  return response;
}

/** Most are NotLeader: every request is answered with it while an election lasts. */
function writeRegionError(to: WireWriter, error: RegionError): void {
  const isPlain = error.kind === "notLeader" && error.leaderPeer !== undefined;
  to.flag(isPlain);
  if (!isPlain) return writeJson(to, error);
  to.number(error.regionId);
  to.number(error.leaderStore);
  to.number(error.leaderPeer);
}

function readRegionError(from: WireReader): RegionError {
  if (!from.flag()) return readJson(from);
  const [regionId, leaderStore, leaderPeer] = [from.number(), from.number(), from.number()];
  return { kind: "notLeader", regionId, leaderStore, leaderPeer };
}

// Raft -----------------------------------------------------------------------------------------

function writeBatch(batch: RaftBatch): void {
  writer.list(batch.regions, writeNumber);
  writer.list(batch.messages, writeMessage);
  writer.list(batch.descriptors, writeJson);
}

function readBatch(reader: WireReader): RaftBatch {
  return new RaftBatch(
    reader.list(readNumber, []),
    reader.list(readMessage, []),
    reader.list<Region>(readJson, noRegions),
  );
}

function writeMessage(to: WireWriter, message: RaftMessage): void {
  to.number(message.type);
  to.number(message.to);
  to.number(message.from);
  to.number(message.term);
  to.number(message.logTerm);
  to.number(message.index);
  to.number(message.commit);
  to.flag(message.reject);
  to.number(message.rejectHint);
  to.list(message.entries, writeEntry);
  to.maybe(message.snapshot, writeSnapshot);
  const { context } = message;
  to.flag(typeof context === "string");
  if (typeof context === "string") to.text(context);
  else to.number(context);
}

function readMessage(from: WireReader): RaftMessage {
  return new RaftMessage(
    from.number() as MessageType,
    from.number(),
    from.number(),
    from.number(),
    from.number(),
    from.number(),
    from.number(),
    from.flag(),
    from.number(),
    from.list(readEntry, noEntries),
    from.maybe(readSnapshot),
    from.flag() ? from.text() : from.number(),
  );
}

function writeEntry(to: WireWriter, { term, index, kind, data, change }: Entry): void {
  to.number(term);
  to.number(index);
  to.number(kind);
  assert(data === null || data instanceof Command, "a store's entry carries a store's command");
  to.maybe(data, writeCommand);
  to.maybe(change, writeJson);
}

function readEntry(from: WireReader): Entry {
  const [term, index, kind] = [from.number(), from.number(), from.number() as EntryKind];
  return new Entry(term, index, kind, from.maybe(readCommand), from.maybe<ConfChange>(readJson));
}

/** Made anew of its parts: its own bytes would not tell that a part was changed. */
function writeCommand(to: WireWriter, { header, body }: Command): void {
  to.blob(command(header, body).bytes);
}

const readCommand: Read<Command> = (from) => decodeCommand(from.blob());

function writeSnapshot(to: WireWriter, { index, term, conf, data }: Snapshot): void {
  to.number(index);
  to.number(term);
  writeJson(to, conf);
  assert(data instanceof SnapshotData, "a store's snapshot carries a store's data");
  writeJson(to, data.state.region);
  writeJson(to, data.state.conf);
  to.list(data.pairs, writePair);
}

function readSnapshot(from: WireReader): Snapshot {
  const [index, term, conf] = [from.number(), from.number(), readJson<Conf>(from)];
  const state = new RegionState(readJson<Region>(from), readJson<Conf>(from));
  return { index, term, conf, data: new SnapshotData(state, from.list(readPair, [])) };
}

function writePair(to: WireWriter, { key, value }: KvPair): void {
  to.text(key);
  to.blob(value);
}

const readPair: Read<KvPair> = (from) => ({ key: from.text(), value: from.blob() });
