/** What every key-value engine must do. Each engine's test runs it with a way to make one. */
import { expect, test } from "vitest";
import { latin1Bytes, latin1Text } from "../../../sim/bytes.ts";
import { regionId } from "../../ids.ts";
import type { Engine, KvReader } from "../engine.ts";
import { KvBatch } from "../kv-batch.ts";
import { columnFamilies, type RegionMeta } from "../vocabulary.ts";

/** An engine under test. */
export type Subject = {
  readonly engine: Engine;
  /** Stops it in good order and gives what the next start finds. */
  readonly restart: () => Subject;
};

type Edit = (batch: KvBatch) => void;

/** Writes one batch. */
export function write(engine: Engine, ...edits: readonly Edit[]): void {
  const batch = new KvBatch();
  for (const edit of edits) edit(batch);
  engine.write(batch);
}

/** An edit that puts latin1 text into the default family. */
export const put = (key: string, value: string): Edit => {
  return (batch) => batch.put("default", key, latin1Bytes(value));
};

/** A record at an applied index. */
export function metaAt(appliedIndex: number, state = ""): RegionMeta {
  const bytes = new Uint8Array(latin1Bytes(state));
  const none = { baseIndex: 0, baseTerm: 0, tombstone: false };
  return { appliedIndex, appliedTerm: 1, ...none, state: bytes };
}

const all = { start: "", end: "", limit: 1000 } as const;

function shown(reader: KvReader, start = "", end = "", limit = 1000): string {
  const pairs = reader.scan({ cf: "default", start, end, limit });
  return pairs.map(({ key, value }) => `${key}=${latin1Text(value)}`).join(" ");
}

function shownDown(reader: KvReader, start = "", end = "", limit = 1000): string {
  const pairs = reader.reverseScan({ cf: "default", start, end, limit });
  return pairs.map(({ key, value }) => `${key}=${latin1Text(value)}`).join(" ");
}

/** Declares the contract's tests. */
export function engineContract(name: string, make: () => Subject): void {
  const filled = (): Subject => {
    const subject = make();
    write(subject.engine, put("b", "2"), put("a", "1"), put("d", "4"), put("c", "3"));
    return subject;
  };

  test(`${name}: a batch shows at once and wholly, in the order of its operations`, () => {
    const { engine } = make();
    const edits: Edit[] = [
      put("a", "1"),
      put("b", "1"),
      (batch) => batch.deleteRange("default", "a", "b"),
      put("c", "1"),
      (batch) => batch.delete("default", "c"),
      put("b", "2"),
      (batch) => batch.delete("default", "absent"),
    ];
    write(engine, ...edits);
    expect(shown(engine)).toBe("b=2");
    expect(engine.get("default", "a")).toBeUndefined();
  });

  test(`${name}: a batch may be cleared and filled again`, () => {
    const { engine } = make();
    const batch = new KvBatch();
    batch.put("default", "a", latin1Bytes("1"));
    engine.write(batch);
    batch.clear();
    batch.put("default", "b", latin1Bytes("2"));
    engine.write(batch);
    expect(shown(engine)).toBe("a=1 b=2");
  });

  test(`${name}: scans keep to bounds and limits, both ways`, () => {
    const { engine } = filled();
    expect(shown(engine)).toBe("a=1 b=2 c=3 d=4");
    expect(shown(engine, "b", "d")).toBe("b=2 c=3");
    expect(shown(engine, "bb", "", 1)).toBe("c=3");
    expect(shown(engine, "", "", 0)).toBe("");
    expect(shown(engine, "c", "b")).toBe("");
    expect(shownDown(engine)).toBe("d=4 c=3 b=2 a=1");
    expect(shownDown(engine, "b", "d")).toBe("c=3 b=2");
    expect(shownDown(engine, "", "c", 1)).toBe("b=2");
    expect(shownDown(engine, "", "", 0)).toBe("");
    expect(shownDown(engine, "c", "b")).toBe("");
  });

  test(`${name}: keys are in byte order, over all 256 bytes, and any value is kept`, () => {
    const { engine } = make();
    const value = Uint8Array.from({ length: 256 }, (_, at) => at);
    const edits = [...value].reverse().map((byte): Edit => {
      return (batch) => batch.put("default", String.fromCharCode(byte), value.subarray(0, byte));
    });
    write(engine, ...edits, put("", "empty key"), put("\xff\xff", ""), put("a\x00", "after a"));
    const keys = engine.scan({ cf: "default", ...all }).map(({ key }) => key);
    const bytewise = (a: string, b: string) => Buffer.compare(latin1Bytes(a), latin1Bytes(b));
    expect(keys).toEqual([...keys].sort(bytewise));
    expect(keys.length).toBe(259);
    expect([...(engine.get("default", "\xfe") ?? [])]).toEqual([...value.subarray(0, 0xfe)]);
    expect(engine.get("default", "\xff\xff")).toEqual(new Uint8Array(0));
  });

  test(`${name}: column families are separate, at their edges too`, () => {
    const { engine } = make();
    const each = columnFamilies.map((cf): Edit => {
      return (batch) => {
        batch.put(cf, "k", latin1Bytes(cf));
        batch.put(cf, "\xff", latin1Bytes(cf));
      };
    });
    write(engine, ...each);
    for (const cf of columnFamilies) {
      const keys = engine.scan({ cf, ...all }).map(({ key }) => key);
      expect(keys).toEqual(["k", "\xff"]);
      expect(latin1Text(engine.get(cf, "k") ?? new Uint8Array(0))).toBe(cf);
    }
    write(engine, (batch) => batch.deleteRange("default", "", ""));
    expect(engine.scan({ cf: "default", ...all })).toEqual([]);
    expect(engine.scan({ cf: "lock", ...all }).length).toBe(2);
    expect(engine.reverseScan({ cf: "write", ...all }).length).toBe(2);
  });

  test(`${name}: deleteRange removes [start, end) and no more`, () => {
    const { engine } = filled();
    write(engine, (batch) => batch.deleteRange("default", "b", "d"));
    expect(shown(engine)).toBe("a=1 d=4");
    write(engine, (batch) => batch.deleteRange("default", "b", ""));
    expect(shown(engine)).toBe("a=1");
  });

  test(`${name}: a snapshot sees none of the later writes`, () => {
    const { engine } = filled();
    const snapshot = engine.snapshot();
    const before = snapshot.checksum({ cf: "default", start: "", end: "" });
    write(engine, put("a", "9"), put("bb", "9"), (batch) => batch.deleteRange("default", "c", ""));
    const later = engine.snapshot();
    expect(shown(engine)).toBe("a=9 b=2 bb=9");
    write(engine, (batch) => batch.delete("default", "b"));
    expect(shown(snapshot)).toBe("a=1 b=2 c=3 d=4");
    expect(shownDown(snapshot, "b", "")).toBe("d=4 c=3 b=2");
    expect(latin1Text(snapshot.get("default", "a") ?? new Uint8Array(0))).toBe("1");
    expect(snapshot.get("default", "bb")).toBeUndefined();
    expect(snapshot.checksum({ cf: "default", start: "", end: "" })).toBe(before);
    expect(shown(later)).toBe("a=9 b=2 bb=9");
    snapshot.close();
    later.close();
  });

  test(`${name}: digest and checksum follow the content alone`, () => {
    const [one, two] = [filled().engine, filled().engine];
    const range = { cf: "default", start: "b", end: "d" } as const;
    write(two, put("c", "9"), put("z", "9"));
    expect(two.digest()).not.toBe(one.digest());
    expect(two.checksum(range)).not.toBe(one.checksum(range));
    const [digest, inside] = [two.digest(), two.checksum(range)];
    write(two, put("z", "8"));
    expect(two.digest()).not.toBe(digest);
    expect(two.checksum(range)).toBe(inside);
    write(two, (batch) => batch.delete("default", "z"), put("c", "3"));
    expect(two.digest()).toBe(one.digest());
    expect(two.checksum(range)).toBe(one.checksum(range));
    write(two, put("q", "1"), (batch) => batch.delete("default", "q"));
    expect(two.digest()).toBe(one.digest());
    const swapped = filled().engine;
    write(swapped, put("a", "2"), put("b", "1"));
    expect(swapped.digest()).not.toBe(one.digest());
  });

  test(`${name}: hundreds of changes with digests in between end in the state alone`, () => {
    const { engine } = make();
    const model = new Map<string, string>();
    for (let at = 0; at < 900; at++) {
      const key = `k${String((at * 37) % 211).padStart(3, "0")}`;
      const isGone = at % 5 === 3;
      if (isGone) model.delete(key);
      else model.set(key, `v${at}`);
      write(engine, isGone ? (batch) => batch.delete("default", key) : put(key, `v${at}`));
      if (at % 50 === 7) engine.digest();
      if (at % 90 === 8) engine.snapshot().close();
      const found = engine.get("default", key);
      expect(found && latin1Text(found)).toBe(model.get(key));
    }
    const rest = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(shown(engine)).toBe(rest.map(([key, value]) => `${key}=${value}`).join(" "));
    const { engine: fresh } = make();
    write(fresh, ...rest.map(([key, value]) => put(key, value)));
    expect(engine.digest()).toBe(fresh.digest());
    const range = { cf: "default", start: "k050", end: "k150" } as const;
    expect(engine.checksum(range)).toBe(fresh.checksum(range));
  });

  test(`${name}: records of regions are kept, replaced, dropped, and digested`, () => {
    const { engine } = make();
    const [one, two] = [regionId(1), regionId(2)];
    write(
      engine,
      (batch) => batch.meta(two, metaAt(5, "b")),
      (batch) => batch.meta(one, metaAt(3)),
    );
    expect(engine.metaRegions()).toEqual([1, 2]);
    expect(engine.readMeta(two)).toEqual(metaAt(5, "b"));
    const digest = engine.digest();
    write(engine, (batch) => batch.meta(two, metaAt(6, "b")));
    expect(engine.readMeta(two)).toEqual(metaAt(6, "b"));
    expect(engine.digest()).not.toBe(digest);
    write(engine, (batch) => batch.dropMeta(two));
    expect(engine.metaRegions()).toEqual([1]);
    expect(engine.readMeta(two)).toBeUndefined();
  });

  test(`${name}: a restart changes nothing`, () => {
    let subject = filled();
    for (let round = 0; round < 5; round++) {
      const edits = Array.from({ length: 30 }, (_, at) => put(`k${at}`, `value ${round} ${at}`));
      write(
        subject.engine,
        ...edits,
        (batch) => batch.deleteRange("default", "k1", "k2"),
        (batch) => batch.put("lock", `l${round}`, latin1Bytes("\x00\xff")),
        (batch) => batch.meta(regionId(1), metaAt(round, `state ${round}`)),
      );
      const before = [shown(subject.engine), subject.engine.digest()];
      subject = subject.restart();
      expect([shown(subject.engine), subject.engine.digest()]).toEqual(before);
      expect(subject.engine.readMeta(regionId(1))).toEqual(metaAt(round, `state ${round}`));
      expect(subject.engine.scan({ cf: "lock", ...all }).length).toBe(round + 1);
    }
  });
}
