/**
 * Commands, entries, region states and snapshots as bytes: what is written is read again, and what
 * is not a command is refused. To add a kind of command, add it to `body`.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { digestBytes, latin1Bytes } from "../sim/bytes.ts";
import { type CommandBody, command, decodeCommand, type Mutation } from "./command.ts";
import { ByteReader, ByteWriter } from "./engine/index.ts";
import { fixedLayout } from "./index.ts";
import { confOf, Entry, entryKinds } from "./raft/index.ts";
import { entryCodec } from "./store/entry-codec.ts";
import { decodeRegionState, RegionState, SnapshotData } from "./store/region-state.ts";

const text = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const value = fc.uint8Array({ maxLength: 40 });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), key: text, value }),
  fc.record({ kind: fc.constant("delete" as const), key: text }),
  fc.record({ kind: fc.constant("deleteRange" as const), key: text, endKey: text }),
);
const body: fc.Arbitrary<CommandBody> = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), mutations: fc.array(mutation) }),
  fc.record({ kind: fc.constant("compactLog" as const), index: number, term: number }),
  fc.constant({ kind: "computeHash" as const }),
);
const header = fc.record({ regionId: number, version: number, operation: number });

test("a command is what its bytes say, and its digest is theirs", () => {
  fc.assert(
    fc.property(header, body, (head, one) => {
      const made = command(head, one);
      const read = decodeCommand(made.bytes);
      expect([read.header, read.digest, read.size]).toEqual([head, made.digest, made.size]);
      expect(plain(read.body)).toEqual(plain(one));
      expect(command(read.header, read.body).bytes).toEqual(made.bytes);
    }),
    { numRuns: 300 },
  );
});

test("the kind of the entry before a command is no part of it", () => {
  const made = command({ regionId: 1, version: 1, operation: 0 }, { kind: "computeHash" });
  expect([...made.bytes]).toEqual([entryKinds.normal, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 10]);
  expect([made.size, made.digest]).toEqual([13, digestBytes(made.bytes.slice(1))]);
});

/** Values as arrays: views of one buffer differ from copies in nothing that counts. */
function plain(one: CommandBody): unknown {
  if (one.kind !== "write") return one;
  return one.mutations.map((each) =>
    each.kind === "put" ? { ...each, value: [...each.value] } : each,
  );
}

test("two commands have the same bytes only if they are the same", () => {
  fc.assert(
    fc.property(header, body, body, (head, one, other) => {
      const isSame = Buffer.compare(command(head, one).bytes, command(head, other).bytes) === 0;
      expect(isSame).toBe(JSON.stringify(plain(one)) === JSON.stringify(plain(other)));
    }),
  );
});

const put = command(
  { regionId: 1, version: 1, operation: 0 },
  { kind: "write", mutations: [{ kind: "put", key: "k", value: latin1Bytes("v") }] },
);

test.each<readonly [string, (bytes: Uint8Array) => Uint8Array]>([
  ["another kind of entry", (bytes) => bytes.with(0, 1)],
  ["an unknown tag", (bytes) => bytes.with(13, 99)],
  ["a key that is longer than the command", (bytes) => bytes.with(14, 200)],
  ["a value that is cut off", (bytes) => bytes.subarray(0, bytes.length - 1)],
])("refused: %s", (_, damage) => {
  expect(() => decodeCommand(damage(put.bytes)).body).toThrow("does not hold");
});

function encoded(entry: Entry): Uint8Array {
  const writer = new ByteWriter();
  entryCodec.encode(entry, writer);
  return writer.take();
}

test("entries of every kind come back from the disk", () => {
  const place = { index: 7, term: 3 };
  const change = { steps: [{ kind: "addVoter", id: 104 }], transition: "auto" };
  const entries = [
    new Entry(3, 7, entryKinds.normal, null, null),
    new Entry(3, 7, entryKinds.normal, put, null),
    new Entry(3, 7, entryKinds.conf2, null, change as never),
  ];
  for (const entry of entries) {
    const bytes = encoded(entry);
    const read = entryCodec.decode(place, new ByteReader(bytes, 0, bytes.length), bytes.length);
    expect([read.term, read.index, read.kind, read.change]).toEqual([
      3,
      7,
      entry.kind,
      entry.change,
    ]);
    expect(read.data?.digest).toBe(entry.data?.digest);
    expect(encoded(read)).toEqual(bytes);
  }
});

test("a region's state is encoded once and read again, with keys of any bytes", () => {
  const [region] = fixedLayout([1, 2], ['\x00\xff"\\']);
  if (region === undefined) throw new Error("no region");
  const state = new RegionState(region, confOf([101, 102], [103]));
  const read = decodeRegionState(state.bytes);
  expect([read.region, read.conf]).toEqual([state.region, state.conf]);
  expect(state.withConf(state.conf)).toBe(state);
  const other = state.withConf(confOf([101], []));
  expect(decodeRegionState(other.bytes).conf.voters).toEqual([101]);
});

test("a snapshot's digest tells other states, keys and values apart; its size counts all", () => {
  const [region] = fixedLayout([1], []);
  if (region === undefined) throw new Error("no region");
  const state = new RegionState(region, confOf([101], []));
  const pair = (key: string, one: string) => ({ key, value: latin1Bytes(one) });
  const snapshots = [
    new SnapshotData(state, []),
    new SnapshotData(state, [pair("a", "1")]),
    new SnapshotData(state, [pair("a", "2")]),
    new SnapshotData(state, [pair("b", "1")]),
    new SnapshotData(state, [pair("a", "1"), pair("b", "1")]),
    new SnapshotData(state.withConf(confOf([102], [])), [pair("a", "1")]),
  ];
  expect(new Set(snapshots.map(({ digest }) => digest)).size).toBe(snapshots.length);
  expect(snapshots[4]?.size).toBe(state.bytes.length + 4);
});
