/**
 * Histories broken at random: whatever a file holds, a reader answers with a history or with a
 * `UserError` that names the file. To add a format, add its sample and its reader.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { readJepsenEdn } from "./edn.ts";
import { operationsFromEdn, operationsFromLog } from "./jepsen.ts";
import { decodeHistory, readJsonLines } from "./json-lines.ts";
import { readOperations } from "./linearizability.ts";
import { modelNames } from "./operations.ts";

const json = [
  '{"process":0,"op":"write","key":"k","input":1,"output":{},"call_time":1,"return_time":9}',
  '{"process":"c","op":"cas","input":[1,2],"output":{"ok":true},"call_time":2,"return_time":null}',
  '{"process":1,"op":"read","input":null,"output":{"unknown":true},"call_time":2,"return_time":3}',
  '{"process":1,"op":"read","input":null,"output":{"value":[1,"a"]},"call_time":4,"return_time":5}',
  '{"process":1,"op":"append","input":"x","output":{},"call_time":6,"return_time":7}',
].join("\n");
const edn = [
  '{:type :invoke, :f :cas, :value ["k" [1 2]], :process 0, :time 12, :index 0}',
  '#jepsen.history.Op{:type :ok, :f :cas, :value ["k" [1 2]], :process 0} ; done',
  "[{:type :invoke :f :read :process 1 :value nil} {:type :ok :f :read :value #{1 2N} :process 1}]",
].join("\n");
const log = [
  "INFO  jepsen.util - 0\t:invoke\t:write\t3",
  "INFO  jepsen.util - 0\t:ok\t:write\t3",
  "INFO  jepsen.util - 10   :invoke :cas    [1 0]",
  "INFO  jepsen.util - 10   :fail   :cas    [1 0]",
].join("\n");

type Reader = (text: string) => readonly unknown[];
const formats: readonly { readonly sample: string; readonly readers: readonly Reader[] }[] = [
  {
    sample: json,
    readers: [
      (text) => readJsonLines(text, "file"),
      ...modelNames.map(
        (model): Reader =>
          (text) =>
            readOperations(text, { model, source: "file" }),
      ),
    ],
  },
  {
    sample: edn,
    readers: [
      (text) => readJepsenEdn(text, "file"),
      (text) => operationsFromEdn(text, { source: "file", failedCas: "mismatch" }),
    ],
  },
  { sample: log, readers: [(text) => operationsFromLog(text, "file")] },
];

const piece = fc.oneof(
  fc.constantFrom('"', "\\", "{", "}", "[", "]", "(", ")", "#{", "#_", ";", "\n", "\r", ":", ","),
  fc.constantFrom("null", "nil", "-", "1e999", "9007199254740993", "0.5", "__proto__", "\u0000"),
  fc.constantFrom('"op":"read"', '"return_time":null', ":process 1", ":type :ok", "jepsen.util"),
  fc.string({ unit: "binary", maxLength: 4 }),
);
/** Cuts `length` characters out at a place (in thousandths of the text) and puts a piece there. */
type Edit = { readonly place: number; readonly length: number; readonly piece: string };
const edit: fc.Arbitrary<Edit> = fc.record({ place: fc.nat(1000), length: fc.nat(12), piece });
const edits = fc.array(edit, { minLength: 1, maxLength: 4 });

test("10,000 broken histories: a history or a UserError, both often", () => {
  const counts = { read: 0, refused: 0 };
  const law = (format: (typeof formats)[number], changes: readonly Edit[]): void => {
    let text = format.sample;
    for (const { place, length, piece: inserted } of changes) {
      const at = Math.floor((place / 1001) * text.length);
      text = text.slice(0, at) + inserted + text.slice(at + length);
    }
    for (const reader of format.readers) {
      try {
        expect(Array.isArray(reader(text))).toBe(true);
        counts.read++;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        expect(error).toMatchObject({ code: "bad-history" });
        expect(error.where).toMatch(/^file(:\d+)?$/);
        counts.refused++;
      }
    }
  };
  fc.assert(fc.property(fc.constantFrom(...formats), edits, law), { numRuns: 10_000, seed: 3 });
  expect(counts.read).toBeGreaterThan(1000);
  expect(counts.refused).toBeGreaterThan(1000);
});

test("random bytes are refused or decoded", () => {
  const law = (bytes: Uint8Array): void => {
    try {
      readJsonLines(decodeHistory(bytes, "file"), "file");
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), law), { numRuns: 1000, seed: 3 });
});
