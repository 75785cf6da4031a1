/**
 * Every message comes out of the codec as it went in. To add a field to the wire, nothing is to be
 * done here: a codec that forgets it fails. To add a class, give it a row in `samples`.
 */
import { expect, test } from "vitest";
import { latin1Bytes } from "../sim/bytes.ts";
import { command } from "./command.ts";
import { confOf, Entry, entryKinds, messageOf, messageTypes } from "./raft/index.ts";
import { fixedLayout } from "./region.ts";
import { RegionState, SnapshotData } from "./store/region-state.ts";
import { RaftBatch, Request, RequestBody, RequestContext, Response, wireKinds } from "./wire.ts";
import { wireCodec } from "./wire-codec.ts";

const region = fixedLayout([1, 2, 3], [])[0]!;
const write = command(
  { regionId: 1, version: 1, operation: 7 },
  {
    kind: "write",
    mutations: [{ kind: "put", key: "k\u00ff\u0000", value: latin1Bytes("\u00fe") }],
  },
);
const pairs = [{ key: "a\u0080", value: latin1Bytes("\u0000\u00ff") }];
const data = new SnapshotData(new RegionState(region, confOf([101, 102])), pairs);
const snapshot = { index: 9, term: 6, conf: confOf([101, 102]), data };
const messages = [
  messageOf({
    type: messageTypes.append,
    to: 101,
    from: 102,
    term: 6,
    entries: [
      new Entry(6, 8, entryKinds.empty, null, null),
      new Entry(6, 9, entryKinds.normal, write, null),
    ],
  }),
  messageOf({ type: messageTypes.snapshot, to: 103, from: 102, term: 6, snapshot }),
];

/** The message with a value in every field that is not the one it begins with. */
function filled<Message extends object>(message: Message): Message {
  const entries = Object.entries(message).map(([name, value], at) => [name, other(value, at)]);
  return Object.assign(message, Object.fromEntries(entries));
}

function other(value: unknown, at: number): unknown {
  if (typeof value === "number") return [at + 1, 254, 255, 2 ** 32 - 1, 3e12 + at][at % 5];
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") return at % 2 === 0 ? `\u00ff${at}` : `\u4e2d${at}`;
  if (Array.isArray(value)) return [`a${at}`, ""];
  return Uint8Array.of(at);
}

const blobs = [Uint8Array.of(1), Uint8Array.of()];
const unknownLeader = { kind: "notLeader", regionId: 7, leaderStore: 0 } as const;
const notLeader = { ...unknownLeader, leaderStore: 3, leaderPeer: 703 } as const;
const regionError = { kind: "epochNotMatch", currentRegions: [region] } as const;

const context = new RequestContext(0, 0, 0, 0, 0, 0, false);
const body = Object.assign(filled(new RequestBody()), { values: blobs });

const samples: readonly (readonly [number, object])[] = [
  [wireKinds.raft, new RaftBatch([1, 1], messages, [region])],
  [wireKinds.request, new Request(0, 0, 0, context, new RequestBody())],
  [wireKinds.request, new Request(1, 254, 3e12, filled(context), body)],
  [wireKinds.response, new Response()],
  [wireKinds.response, Object.assign(filled(new Response()), { regionError, values: blobs })],
  [wireKinds.response, Object.assign(new Response(), { regionError: notLeader })],
  [wireKinds.response, Object.assign(new Response(), { regionError: unknownLeader })],
];

test.each(samples)("a message of kind %i comes back as it was", (kind, payload) => {
  const back = wireCodec.decode(kind, wireCodec.encode(kind, payload));
  expect(back).toEqual(payload);
  expect(back.constructor).toBe(payload.constructor);
  expect(back).not.toBe(payload);
});

test("what is decoded shares nothing with the bytes", () => {
  const bytes = wireCodec.encode(wireKinds.raft, samples[0]![1]);
  const back = wireCodec.decode(wireKinds.raft, bytes);
  bytes.fill(0);
  expect(back).toEqual(samples[0]![1]);
});

test("a part of a command that was changed changes the bytes", () => {
  const changed = command({ ...write.header }, structuredClone(write.body));
  const batch = new RaftBatch(
    [1],
    [
      messageOf({
        type: messageTypes.append,
        to: 1,
        from: 2,
        entries: [new Entry(1, 1, entryKinds.normal, changed, null)],
      }),
    ],
    [],
  );
  const before = wireCodec.encode(wireKinds.raft, batch);
  expect(wireCodec.isSame(wireKinds.raft, batch, before)).toBe(true);
  Object.assign(changed.header, { operation: 8 });
  expect(wireCodec.isSame(wireKinds.raft, batch, before)).toBe(false);
  expect(wireCodec.encode(wireKinds.raft, batch)).not.toEqual(before);
});

test("a flipped bit is noticed wherever it is", () => {
  for (const [kind, payload] of samples) {
    const bytes = wireCodec.encode(kind, payload);
    for (let at = 0; at < bytes.length; at += 3) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1 << (at % 8);
      expect(() => wireCodec.decode(kind, damaged)).toThrow(RangeError);
    }
  }
});
