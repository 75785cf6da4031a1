/** A person's mistake carries its code, place and hint. To add a code, extend `UserErrorCode`. */
import { expect, test } from "vitest";
import { UserError } from "./errors.ts";

test("a mistake says what, where, and what to do", () => {
  const error = new UserError("no such file", {
    code: "missing-file",
    where: "a.json",
    hint: "expected a plan",
  });
  expect(error).toBeInstanceOf(Error);
  expect({ ...error, message: error.message }).toEqual({
    name: "UserError",
    message: "no such file",
    code: "missing-file",
    where: "a.json",
    hint: "expected a plan",
  });
});
