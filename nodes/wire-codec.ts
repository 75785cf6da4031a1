/**
 * Messages as bytes, for the seeds that encode and decode every one of them: whatever a store would
 * share by mistake through a payload is lost on the way, and the network can flip real bits. The
 * bytes are JSON under a checksum; nothing outside one run ever reads them.
 */
import { assert } from "../sim/assert.ts";
import { concatBytes, digestBytes, latin1Bytes, latin1Text } from "../sim/bytes.ts";
import type { Codec } from "../sim/index.ts";
import { Command, decodeCommand } from "./command.ts";
import { Entry, RaftMessage } from "./raft/index.ts";
import { RegionState, SnapshotData } from "./store/region-state.ts";
import { RaftBatch, Request, Response, wireKinds } from "./wire.ts";

/** Marks an encoded object of a class, or bytes. */
type Marked = { readonly $: string; readonly v: unknown };

const checksumBytes = 4;

/** The codec of everything that stores and clients send. */
export const wireCodec: Codec = {
  encode: (_kind, payload) => {
    // Every character of a key is a byte, so the text is latin1 and keeps its length.
    const body = Buffer.from(JSON.stringify(toPlain(payload)), "utf8");
    const head = Buffer.alloc(checksumBytes);
    head.writeUInt32LE(digestBytes(body));
    return concatBytes([head, body]);
  },
  decode: (kind, bytes) => {
    const body = bytes.subarray(checksumBytes);
    const head = Buffer.from(bytes.buffer, bytes.byteOffset, checksumBytes);
    if (bytes.length < checksumBytes || head.readUInt32LE() !== digestBytes(body)) {
      throw new RangeError("the message is damaged");
    }
    const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString("utf8");
    const payload = fromPlain(JSON.parse(text));
    assert(payload instanceof classOf(kind), "a message is of the class of its kind");
    return payload;
  },
};

function classOf(kind: number): typeof RaftBatch | typeof Request | typeof Response {
  if (kind === wireKinds.raft) return RaftBatch;
  return kind === wireKinds.request ? Request : Response;
}

function toPlain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return marked("bytes", latin1Text(value));
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Command) return marked("command", latin1Text(value.bytes));
  if (value instanceof SnapshotData) {
    const { region, conf } = value.state;
    return marked("snapshot", toPlain({ region, conf, pairs: value.pairs }));
  }
  const fields = mapped(value as Fields, toPlain);
  const known = classes.find(({ type }) => value instanceof type);
  return known === undefined ? fields : marked(known.name, fields);
}

function fromPlain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(fromPlain);
  if (!("$" in value)) return fieldsOf(value);
  const { $: name, v } = value as Marked;
  if (name === "bytes") return latin1Bytes(v as string);
  if (name === "command") return decodeCommand(latin1Bytes(v as string));
  const fields = fieldsOf(v as object);
  if (name === "snapshot") return snapshotOf(fields as SnapshotFields);
  const known = classes.find((one) => one.name === name);
  assert(known !== undefined, "an encoded object names a known class");
  return known.make(fields as never);
}

const marked = (name: string, value: unknown): Marked => ({ $: name, v: value });

const fieldsOf = (value: object): Fields => mapped(value as Fields, fromPlain);

/** An object of the same names: with as few objects on the way as can be, since all pass here. */
function mapped(value: Fields, change: (field: unknown) => unknown): Fields {
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(value)) fields[name] = change(value[name]);
  return fields;
}

type Fields = Readonly<Record<string, unknown>>;
type SnapshotFields = Pick<RegionState, "region" | "conf"> & Pick<SnapshotData, "pairs">;

function snapshotOf({ region, conf, pairs }: SnapshotFields): SnapshotData {
  return new SnapshotData(new RegionState(region, conf), pairs);
}

type Known = {
  readonly name: string;
  readonly type: new (...parts: never[]) => object;
  readonly make: (fields: never) => object;
};

const classes: readonly Known[] = [
  {
    name: "request",
    type: Request,
    make: (fields: Fields) => Object.assign(new Request(), fields),
  },
  {
    name: "response",
    type: Response,
    make: (fields: Fields) => Object.assign(new Response(), fields),
  },
  {
    name: "batch",
    type: RaftBatch,
    make: ({ regions, messages, descriptors }: RaftBatch) =>
      new RaftBatch(regions, messages, descriptors),
  },
  {
    name: "entry",
    type: Entry,
    make: ({ term, index, kind, data, change }: Entry) =>
      new Entry(term, index, kind, data, change),
  },
  { name: "message", type: RaftMessage, make: messageOfFields },
];

function messageOfFields(message: RaftMessage): RaftMessage {
  const { type, to, from, term, logTerm, index, commit, reject, rejectHint } = message;
  const { entries, snapshot, context } = message;
  return new RaftMessage(
    type,
    to,
    from,
    term,
    logTerm,
    index,
    commit,
    reject,
    rejectHint,
    entries,
    snapshot,
    context,
  );
}
