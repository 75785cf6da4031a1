/**
 * Every message comes out of the codec as it went in. To add a field to the wire, nothing is to be
 * done here; to add a class, give it a row in `samples`.
 */
import { expect, test } from "vitest";
import { latin1Bytes } from "../sim/bytes.ts";
import { command } from "./command.ts";
import { confOf, Entry, entryKinds, messageOf, messageTypes } from "./raft/index.ts";
import { fixedLayout } from "./region.ts";
import { RegionState, SnapshotData } from "./store/region-state.ts";
import { operations, RaftBatch, Request, Response, wireKinds } from "./wire.ts";
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

const samples: readonly (readonly [number, object])[] = [
  [wireKinds.raft, new RaftBatch([1, 1], messages, [region])],
  [
    wireKinds.request,
    Object.assign(new Request(), {
      op: operations.batchPut,
      keys: ["\u00ff"],
      values: [latin1Bytes("v")],
    }),
  ],
  [
    wireKinds.response,
    Object.assign(new Response(), {
      regionError: { kind: "epochNotMatch", currentRegions: [region] },
      value: latin1Bytes(""),
    }),
  ],
];

test.each(samples)("a message of kind %i comes back as it was", (kind, payload) => {
  const back = wireCodec.decode(kind, wireCodec.encode(kind, payload));
  expect(back).toEqual(payload);
  expect(back.constructor).toBe(payload.constructor);
  expect(back).not.toBe(payload);
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
