/**
 * Tests of the command line as a whole, with commands of their own. To add a case, add a row to the
 * table: the words, the exit code, and what is printed.
 */
import type { Command } from "commander";
import { expect, test } from "vitest";
import { InvariantError } from "../sim/assert.ts";
import { UserError } from "../sim/errors.ts";
import type { Frame } from "./frame.ts";
import { positiveInteger } from "./options.ts";
import { type CommandEntry, runProgram } from "./program.ts";
import { createSurroundings, type TestOptions } from "./testing/surroundings.ts";

const controlSequence = "\u001b";

const mistake = (code: "bad-repro" | "stale-repro" | "bad-history", hint: string): UserError =>
  new UserError("found 7, expected a map", { code, where: "h.jsonl:3", hint });

function configureRun(command: Command, frame: Frame): void {
  command
    .argument("<what>")
    .option("--seeds <n>", "how many", positiveInteger)
    .action((what: string) => {
      if (what === "repro") throw mistake("bad-repro", "");
      if (what === "stale") throw mistake("stale-repro", "run it again");
      if (what === "history") throw mistake("bad-history", `${"long ".repeat(21)}hint`);
      if (what === "hostile") throw new UserError(`no file ${controlSequence}[2J`, usage);
      if (what === "broken") throw new InvariantError("does not hold: a\nclaim");
      if (what === "pass") return;
      frame.finish(what === "fail" ? 1 : 3);
    });
}

const usage = { code: "usage", where: "", hint: "" } as const;

const commands: readonly CommandEntry[] = [
  { name: "run", summary: "run it", load: async () => ({ configure: configureRun }) },
  {
    name: "zoo",
    summary: "see the zoo",
    load: () => Promise.reject(new Error("loaded without being called")),
  },
];

async function run(line: string, options: TestOptions = {}) {
  const surroundings = createSurroundings(options);
  const words = line.split(" ").filter((word) => word !== "");
  const code = await runProgram(commands, words, surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

test.each([
  ["run pass", 0, "", ""],
  ["run fail", 1, "", ""],
  ["run maybe", 3, "", ""],
  ["--version", 0, /^\d+\.\d+\.\d+\n$/, ""],
  ["-V", 0, /^\d+\.\d+\.\d+\n$/, ""],
  ["--help", 0, /^Usage: coprsim [\s\S]*run it[\s\S]*see the zoo/, ""],
  ["help", 0, /^Usage: coprsim /, ""],
  ["help run", 0, /--seeds <n>/, ""],
  ["run --help", 0, /--seeds <n>/, ""],
  ["", 2, "", /^Usage: coprsim /],
  ["rum pass", 2, "", "error: unknown command 'rum' (Did you mean run?)\n"],
  ["run pass --seed 3", 2, "", "error: unknown option '--seed' (Did you mean --seeds?)\n"],
  ["run", 2, "", "error: missing required argument 'what'\n"],
  [
    "run a b",
    2,
    "",
    /^error: too many arguments for 'run'. Expected 1 argument but got 2[^\n]*\n$/,
  ],
  ["run pass --seeds", 2, "", "error: option '--seeds <n>' argument missing\n"],
  [
    "run pass --seeds -1",
    2,
    "",
    "error: option '--seeds <n>' argument '-1' is invalid. " +
      "Expected a whole number from 1 to 1000000000.\n",
  ],
  ["run repro", 5, "", "error: h.jsonl:3: found 7, expected a map\n"],
  ["run stale", 5, "", "error: h.jsonl:3: found 7, expected a map (run it again)\n"],
  [
    "run history",
    2,
    "",
    `error: h.jsonl:3: found 7, expected a map\n  ${"long ".repeat(18)}long\n  long long hint\n`,
  ],
  ["run hostile", 2, "", "error: no file \\x1b[2J\n"],
  [
    "run broken",
    4,
    "",
    "internal error: InvariantError: does not hold: a claim (--debug prints the stack)\n",
  ],
  ["run broken --debug", 4, "", /^internal error: .* a claim\nInvariantError: .*\n(.*\n)* +at /],
])("coprsim %s", async (line, code, out, err) => {
  const ran = await run(line);
  expect(ran.code).toBe(code);
  for (const [text, expected] of [
    [ran.out, out],
    [ran.err, err],
  ] as const) {
    if (typeof expected === "string") expect(text).toBe(expected);
    else expect(text).toMatch(expected);
  }
});

test("an interrupt makes a pass 130, and leaves what was found", async () => {
  expect((await run("run pass", { interrupted: true })).code).toBe(130);
  expect((await run("run maybe", { interrupted: true })).code).toBe(130);
  expect((await run("run fail", { interrupted: true })).code).toBe(1);
});

test("no line of the help is wider than 100 columns", async () => {
  for (const line of ["--help", "run --help"]) {
    const widest = Math.max(...(await run(line)).out.split("\n").map(({ length }) => length));
    expect(widest).toBeLessThanOrEqual(100);
  }
});
