/** Files that cannot be read or written. To add a case, add a row: file, code, message. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inputError, readInput, writeOutput } from "./files.ts";
import { createSurroundings } from "./testing/surroundings.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-files-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "plain"), "text");

test("a file and standard input are read", () => {
  const surroundings = createSurroundings({ stdin: "piped" });
  expect(Buffer.from(readInput("-", surroundings)).toString()).toBe("piped");
  expect(Buffer.from(readInput(join(folder, "plain"), surroundings)).toString()).toBe("text");
});

test.each([
  [join(folder, "none"), "missing-file", "no such file"],
  [join(folder, "plain", "below"), "missing-file", "no such file"],
  [folder, "unreadable-file", "is a folder, expected a file"],
])("%s cannot be read", (file, code, message) => {
  expect(() => readInput(file, createSurroundings())).toThrow(
    expect.objectContaining({ name: "UserError", code, message, where: file }),
  );
});

test("an error that is no system call's stays what it is", () => {
  const error = new TypeError("ours");
  expect(inputError("a", error)).toBe(error);
});

test("a file that cannot be written is the user's error", () => {
  expect(() => writeOutput(folder, "x", createSurroundings())).toThrow(
    expect.objectContaining({ code: "usage", message: "cannot be written (EISDIR)" }),
  );
});
