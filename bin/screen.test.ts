/** Where text and reports of a command go, and what happens when they have nowhere to go. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { ExitCode } from "./exit.ts";
import { openOutputs, type ReportOptions } from "./screen.ts";
import { createSurroundings, type TestOptions } from "./testing/surroundings.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-screen-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(options: ReportOptions, result: ExitCode = 1, around: TestOptions = {}) {
  const surroundings = createSurroundings(around);
  let code: ExitCode | null = null;
  const frame = {
    ...surroundings,
    finish: (given: ExitCode) => {
      code = given;
    },
  };
  const outputs = openOutputs("zoo", options, frame);
  outputs.screen.print(outputs.screen.painter.bad("text"));
  outputs.screen.say("word ".repeat(30).trimEnd(), { hang: 2 });
  outputs.finish(result, () => ({ json: { mutants: [] }, junit: { suites: [] } }));
  return { out: surroundings.out(), err: surroundings.err(), code };
}

const said = `text\n${"word ".repeat(20).trimEnd()}\n  ${"word ".repeat(10).trimEnd()}\n`;

test("text goes to standard output when reports go to files", () => {
  const json = join(folder, "a.json");
  const junit = join(folder, "a.xml");
  expect(run({ json, junit })).toEqual({ out: said, err: "", code: 1 });
  const report = JSON.parse(readFileSync(json, "utf8"));
  expect(report).toMatchObject({ schema: 1, command: "zoo", outcome: "fail", exitCode: 1 });
  expect(report.mutants).toEqual([]);
  expect(readFileSync(junit, "utf8")).toMatch(/^<\?xml /);
});

test("a report on standard output sends the text to standard error", () => {
  const asJson = run({ json: "-" });
  expect(asJson.err).toBe(said);
  expect(JSON.parse(asJson.out)).toMatchObject({ command: "zoo" });
  const asJunit = run({ junit: "-" });
  expect(asJunit.err).toBe(said);
  expect(asJunit.out).toMatch(/^<\?xml /);
});

test("an interrupted pass is reported as interrupted", () => {
  const { code, out } = run({ json: "-" }, 0, { interrupted: true });
  expect(code).toBe(130);
  expect(JSON.parse(out)).toMatchObject({ outcome: "interrupted", exitCode: 130 });
});

test("colour: on a terminal, or when it is asked for", () => {
  expect(run({}, 0, { isTerminal: true }).out).toContain("\u001b[31mtext");
  expect(run({}, 0, { isTerminal: true, variables: { NO_COLOR: "1" } }).out).toBe(said);
  expect(run({}, 0, { variables: { FORCE_COLOR: "1" } }).out).toContain("\u001b[31mtext");
});

test.each([
  [{ json: "-", junit: "-" }, "both reports on standard output"],
  [{ json: folder }, "is a folder, expected a file"],
  [{ json: join(folder, "none", "a.json") }, `there is no folder ${join(folder, "none")}`],
  [{ junit: join(folder, "none", "a.xml") }, `there is no folder ${join(folder, "none")}`],
])("%j is refused", (options, message) => {
  expect(() => run(options)).toThrow(expect.objectContaining({ code: "usage", message }));
});
