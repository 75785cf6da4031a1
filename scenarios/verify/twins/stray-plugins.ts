/**
 * Twins of the toy of `toy-plugins.ts`, each with one bug that only one of the checks of a
 * single node should convict. Request and answer are the toy's.
 */
import {
  hostBuildInfo,
  type InProcessHandler,
  type InProcessStorage,
  inProcessPlugin,
  type KeyRange,
  type KvPair,
  type PluginTask,
  type PreparedPlugin,
  type StorageResult,
} from "../../../plugins/index.ts";
import { ToyPanic } from "./toy-plugins.ts";

/** Each a bug, named by what it does. */
export type StrayBug =
  | "reads-past-its-range"
  | "keeps-a-log"
  | "answers-everything-to-nothing"
  | "counts-overlaps-twice"
  | "dies-of-long-keys"
  | "misses-the-last-key-of-an-open-range"
  | "tells-a-value-in-its-error"
  | "puts-rows-again"
  | "writes-into-another-keyspace"
  | "writes-though-it-reads"
  | "deletes-what-is-not-there"
  | "gets-every-row"
  | "scans-again-and-again";

/** The toy with a bug. */
export function strayPlugin(bug: StrayBug): PreparedPlugin {
  return inProcessPlugin({
    info: { name: `stray-${bug}`, version: "1.0.0" },
    build: hostBuildInfo,
    create: () => handlers[bug],
  });
}

type Found = StorageResult<readonly KvPair[]>;
type Scan = (range: KeyRange, storage: InProcessStorage) => PluginTask<Found>;

const plainScan: Scan = (range, storage) => storage.scan(range);

const inside = ({ start, end }: KeyRange, key: string): boolean =>
  key >= start && (end === "" || key < end);

/** Counts and sums what `scan` finds in the ranges that `adjust` leaves. */
function toy({
  scan = plainScan,
  adjust = (ranges) => ranges,
  dedupes = () => true,
}: {
  readonly scan?: Scan;
  readonly adjust?: (ranges: readonly KeyRange[]) => readonly KeyRange[];
  readonly dedupes?: (ranges: readonly KeyRange[]) => boolean;
}): InProcessHandler {
  return function* handle(ranges, data, storage) {
    if (data.length !== 2 || data[0] !== 1 || data[1] !== 0) return answer([1]);
    const rows: KvPair[] = [];
    for (const range of adjust(ranges)) {
      const found = yield* scan(range, storage);
      if (found.kind === "error") return found;
      for (const row of found.value) {
        if (!dedupes(ranges) || !rows.some(({ key }) => key === row.key)) rows.push(row);
      }
    }
    const sum = rows.reduce((total, { value }) => total + (value[0] ?? 0), 0);
    return answer([0, rows.length, sum]);
  };
}

const answer = (bytes: readonly number[]) =>
  ({ kind: "response", data: Uint8Array.from(bytes) }) as const;

const handlers: Readonly<Record<StrayBug, InProcessHandler>> = {
  "reads-past-its-range": toy({
    *scan(range, storage) {
      const found = yield* storage.scan({ start: range.start, end: "" });
      if (found.kind === "error") return found;
      return { kind: "ok", value: found.value.filter(({ key }) => inside(range, key)) };
    },
  }),
  "keeps-a-log": toy({
    *scan(range, storage) {
      const logged = yield* storage.put("log/last", Uint8Array.of(1));
      if (logged.kind === "error") return logged;
      return yield* storage.scan(range);
    },
  }),
  "answers-everything-to-nothing": toy({
    adjust: (ranges) => (ranges.length === 0 ? [{ start: "", end: "" }] : ranges),
  }),
  // Equal ranges are seen, overlapping ones are not.
  "counts-overlaps-twice": toy({
    dedupes: (ranges) => new Set(ranges.map(({ start, end }) => `${start}-${end}`)).size === 1,
  }),
  "dies-of-long-keys": toy({
    *scan(range, storage) {
      if (range.start.length > 1_000 || range.end.length > 1_000)
        throw new ToyPanic("key too long");
      return yield* storage.scan(range);
    },
  }),
  "misses-the-last-key-of-an-open-range": toy({
    *scan(range, storage) {
      return yield* storage.scan(range.end === "" ? { ...range, end: "\xff" } : range);
    },
  }),
  "tells-a-value-in-its-error": toy({
    *scan(range, storage) {
      const found = yield* storage.scan(range);
      const long = found.kind === "ok" ? found.value.find(({ value }) => value.length > 4) : null;
      if (long === undefined || long === null) return found;
      const text = `value [${long.value.join(", ")}] of ${long.key} is too long`;
      return { kind: "error", error: { kind: "other", text, handle: 0 } };
    },
  }),
  "puts-rows-again": toy({
    *scan(range, storage) {
      const found = yield* storage.scan(range);
      if (found.kind === "error" || found.value.length === 0) return found;
      const put = yield* storage.batchPut(found.value);
      return put.kind === "error" ? put : found;
    },
  }),
  "writes-into-another-keyspace": toy({
    *scan(range, storage) {
      const put = yield* storage.put("r\0\0\x02log", Uint8Array.of(1));
      return put.kind === "error" ? put : yield* storage.scan(range);
    },
  }),
  "writes-though-it-reads": toy({
    *scan(range, storage) {
      const found = yield* storage.scan(range);
      if (found.kind === "error" || found.value.length === 0) return found;
      const put = yield* storage.batchPut(found.value);
      return put.kind === "error" ? put : found;
    },
  }),
  "deletes-what-is-not-there": toy({
    *scan(range, storage) {
      const found = yield* storage.scan(range);
      if (found.kind === "error" || found.value.length === 0) return found;
      for (const { key } of found.value) {
        const keys = Array.from({ length: 20 }, (_, at) => `${key}\0${at}`);
        const gone = yield* storage.batchDelete(keys.filter((one) => inside(range, one)));
        if (gone.kind === "error") return gone;
      }
      return found;
    },
  }),
  "gets-every-row": toy({
    *scan(range, storage) {
      const found = yield* storage.scan(range);
      if (found.kind === "error") return found;
      for (const { key } of found.value) {
        const got = yield* storage.get(key);
        if (got.kind === "error") return got;
      }
      return found;
    },
  }),
  // As often as the rows to the power of three quarters: n^1.75 keys in all.
  "scans-again-and-again": toy({
    *scan(range, storage) {
      let found = yield* storage.scan(range);
      const rows = found.kind === "ok" ? found.value.length : 0;
      for (let at = 1; at * at * at * at < rows * rows * rows && found.kind === "ok"; at++) {
        found = yield* storage.scan(range);
      }
      return found;
    },
  }),
};
