/** Processes that end after a last message. To add a case, add a test with its own channel. */
import { expect, test } from "vitest";
import { type Channel, sayLast } from "./last-word.ts";

test("the channel is let go of when all of the message has left, not before", () => {
  const told: unknown[] = [];
  let leave = (): void => {};
  const channel: Channel = {
    send: (message, sent) => {
      told.push(message);
      leave = () => sent(null);
      return false; // It waits for the other side to read.
    },
    disconnect: () => told.push("disconnected"),
  };
  sayLast(channel, { kind: "reports" });
  expect(told).toEqual([{ kind: "reports" }]);
  leave();
  expect(told).toEqual([{ kind: "reports" }, "disconnected"]);
});

test("a process that nobody forked has nobody to tell", () => {
  expect(() => sayLast({}, "over")).not.toThrow();
});
