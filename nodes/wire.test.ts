/**
 * The numbers that the wire takes from gRPC, and requests that are made again. To add a status,
 * add it to `statuses` and here; a new field of a request is looked at by itself.
 */
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { Request, statuses } from "./wire.ts";

test("statuses are those of gRPC, so that a front door can pass them on", () => {
  expect(statuses).toEqual({
    ok: status.OK,
    invalidArgument: status.INVALID_ARGUMENT,
    unavailable: status.UNAVAILABLE,
  });
});

test("a request made again is for the same, and says nothing of whom it goes to", () => {
  const addressed = ["operation", "rpc", "timeoutUs", "regionId", "version", "confVer"].concat([
    "peerId",
    "storeId",
    "term",
    "replicaRead",
  ]);
  const fresh = new Request();
  const filled = new Request();
  const unlike = (value: unknown): unknown => {
    switch (typeof value) {
      case "number":
        return value + 7;
      case "boolean":
        return !value;
      case "string":
        return `${value}x`;
      default:
        return Array.isArray(value) ? ["x"] : new Uint8Array([7]);
    }
  };
  for (const [field, value] of Object.entries(fresh)) {
    Object.assign(filled, { [field]: unlike(value) });
  }
  const again = new Map(Object.entries(filled.again()));
  for (const [field, value] of Object.entries(fresh)) {
    const expected = addressed.includes(field) ? value : filled[field as keyof Request];
    expect(again.get(field), field).toEqual(expected);
  }
});
