/** The pool, and the two things it relies on memory-level for. To add a reliance, add a test. */
import { expect, test } from "vitest";
import { LiveStore } from "./live-store.ts";
import { EnginePool } from "./pool.ts";

const value = new Uint8Array([1, 2, 255]);
const fail = (error: unknown): void => {
  throw error;
};

test("an unawaited batch has taken effect when it returns; values pass by reference", async () => {
  const store = new LiveStore(fail);
  await store.open();
  store.batch([
    { type: "put", key: "a\xff\x80", value },
    { type: "put", key: "b", value },
    { type: "del", key: "b" },
  ]);
  expect(store.get("a\xff\x80")).toBe(value);
  expect(store.get("b")).toBeUndefined();
});

test("a wipe empties at once and closes what a crash left open", async () => {
  const store = new LiveStore(fail);
  await store.open();
  store.batch([{ type: "put", key: "a", value }]);
  const snapshot = store.snapshot();
  store.wipe();
  expect(store.get("a")).toBeUndefined();
  expect(() => snapshot.get("a")).toThrow();
});

test("a batch that fails reaches the one handler", async () => {
  const heard: unknown[] = [];
  const store = new LiveStore((error) => heard.push(error));
  await store.open();
  // A null key is refused by memory-level: only here, to see the handler called.
  store.batch([{ type: "put", key: null as never, value }]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard.length).toBe(1);
});

test("an owner that takes again gets an empty instance, and nobody else's", async () => {
  const pool = new EnginePool({ onFailure: fail });
  await pool.prepare(2);
  await pool.prepare(2);
  const [first, second] = [pool.take(7), pool.take(8)];
  first.batch([{ type: "put", key: "a", value }]);
  second.batch([{ type: "put", key: "b", value }]);
  expect(() => pool.take(9)).toThrow("as many owners as there are");
  const again = pool.take(7);
  expect(again.get("a")).toBeUndefined();
  expect(second.get("b")).toBe(value);
  pool.giveBackAll();
  const taken = [pool.take(1), pool.take(2)];
  expect(taken.every((store) => store.get("a") === undefined && store.get("b") === undefined)).toBe(
    true,
  );
});
