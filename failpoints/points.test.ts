/** The catalogue's own consistency. Points are added in points-request.ts or points-replica.ts. */
import { expect, test } from "vitest";
import { type FailpointCatalogue, failpointCatalogue, parseActions } from "./index.ts";

const points = Object.entries(failpointCatalogue as FailpointCatalogue);

test("the catalogue has TiKV's names, each once, at a file of TiKV", () => {
  expect(points.length).toBeGreaterThanOrEqual(85);
  for (const [name, { where, step }] of points) {
    expect(name).toMatch(/^[a-z][a-z0-9_-]+$/);
    expect(where, name).toMatch(/^(src|components)\/[a-z_/]+\.rs$/);
    expect(step.length, name).toBeGreaterThan(10);
  }
});

test("what a point may do parses, and a return is there exactly where it means something", () => {
  for (const [name, { may, returns }] of points) {
    const tasks = may.split(" ");
    for (const task of tasks) {
      const isTimed = task === "sleep" || task === "delay";
      expect(parseActions(isTimed ? `${task}(1)` : task).kind, `${name}: ${task}`).toBe("ok");
    }
    expect(new Set(tasks).size, name).toBe(tasks.length);
    expect(tasks.includes("return"), name).toBe(returns !== null);
  }
});

test("a name that ends in a store's or peer's number is of that one alone", () => {
  for (const [name, { only }] of points) {
    const store = /(?:_on_store|_full_peer|_apply_store)_(\d+)$/.exec(name)?.[1];
    if (store !== undefined) expect(only, name).toEqual({ storeId: Number(store) });
    const peer = /(?:handle_normal|handle_apply)_(\d+)$/.exec(name)?.[1];
    if (peer !== undefined) expect(only, name).toEqual({ peerId: Number(peer) });
  }
});
