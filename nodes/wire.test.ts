/** The numbers that the wire takes from gRPC. To add one, add it to `statuses` and here. */
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { statuses } from "./wire.ts";

test("statuses are those of gRPC, so that a front door can pass them on", () => {
  expect(statuses).toEqual({
    ok: status.OK,
    invalidArgument: status.INVALID_ARGUMENT,
    unavailable: status.UNAVAILABLE,
  });
});
