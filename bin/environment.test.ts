/** What the environment variables mean. To add a case, add a row. */
import { expect, test } from "vitest";
import { readEnvironment } from "./environment.ts";

test.each([
  [{}, null],
  [{ NO_COLOR: "1" }, false],
  [{ NO_COLOR: "" }, null],
  [{ FORCE_COLOR: "1" }, true],
  [{ FORCE_COLOR: "" }, true],
  [{ FORCE_COLOR: "0" }, false],
  [{ FORCE_COLOR: "false" }, false],
  [{ FORCE_COLOR: "3", NO_COLOR: "1" }, true],
])("the colour of %j is %j", (variables, colour) => {
  expect(readEnvironment(variables).colour).toBe(colour);
});

test("CI and FAILPOINTS", () => {
  expect(readEnvironment({})).toMatchObject({ ci: false, failpoints: null });
  expect(readEnvironment({ CI: "true" }).ci).toBe(true);
  expect(readEnvironment({ CI: "false" }).ci).toBe(false);
  expect(readEnvironment({ FAILPOINTS: "" }).failpoints).toBe(null);
  expect(readEnvironment({ FAILPOINTS: "a=panic" }).failpoints).toBe("a=panic");
});
