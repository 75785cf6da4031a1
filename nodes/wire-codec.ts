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
  RequestBody,
  RequestContext,
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

function writeRequest({ operation, rpc, timeoutUs, context, body }: Request): void {
  writer.number(operation);
  writer.number(rpc);
  writer.number(timeoutUs);
  writer.number(body.op);
  writer.number(context.regionId);
  writer.number(context.version);
  writer.number(context.confVer);
  writer.number(context.peerId);
  writer.number(context.storeId);
  writer.number(context.term);
  writer.flag(context.replicaRead);
  writer.text(body.key);
  writer.text(body.endKey);
  writer.blob(body.value);
  writer.list(body.keys, writeText);
  writer.list(body.values, writeBlob);
  writer.list(body.endKeys, writeText);
  writer.number(body.limit);
  writer.flag(body.reverse);
  writer.flag(body.keyOnly);
  writer.maybe(body.previous, writeBlob);
  writer.flag(body.deletes);
  writer.text(body.coprName);
  writer.text(body.coprVersionReq);
}

function readRequest(reader: WireReader): Request {
  const [operation, rpc, timeoutUs] = [reader.number(), reader.number(), reader.number()];
  const body = new RequestBody();
  body.op = reader.number() as OperationNumber;
  const context = new RequestContext(
    reader.number(),
    reader.number(),
    reader.number(),
    reader.number(),
    reader.number(),
    reader.number(),
    reader.flag(),
  );
  body.key = reader.text();
  body.endKey = reader.text();
  body.value = reader.blob();
  body.keys = reader.list(readText, noStrings);
  body.values = reader.list(readBlob, noValues);
  body.endKeys = reader.list(readText, noStrings);
  body.limit = reader.number();
  body.reverse = reader.flag();
  body.keyOnly = reader.flag();
  body.previous = reader.maybe(readBlob);
  body.deletes = reader.flag();
  body.coprName = reader.text();
  body.coprVersionReq = reader.text();
  return new Request(operation, rpc, timeoutUs, context, body);
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
