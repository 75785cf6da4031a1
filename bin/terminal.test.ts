/**
 * The real process: Ctrl-C once and twice, a closed pipe. Each case bundles a few lines that use
 * the terminal and runs them as a process of its own. To add a case, write such lines.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "coprsim-terminal-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Work that never ends by itself; `found` is what it will have found when it is interrupted. */
const worker = `
  import { takeTerminal } from "./terminal.ts";
  import { interruptedExit } from "./exit.ts";
  const terminal = takeTerminal();
  const [found, stubborn] = process.argv.slice(2);
  const interrupt = terminal.listenForInterrupt();
  terminal.stdout.write("ready\\n");
  while (!interrupt.requested || stubborn) await new Promise((done) => setTimeout(done, 5));
  terminal.stdout.write("stopped in order\\n");
  process.exitCode = interruptedExit(Number(found));
`;

/** Writes for ever, as a long list does. */
const writer = `
  import { takeTerminal } from "./terminal.ts";
  const terminal = takeTerminal();
  for (;;) {
    terminal.stdout.write("line\\n".repeat(10_000));
    await new Promise((done) => setImmediate(done));
  }
`;

/** Reads all of standard input, which a library has made non-blocking before. */
const reader = `
  import { takeTerminal } from "./terminal.ts";
  process.stdin.isTTY;
  process.stderr.write("reading\\n");
  process.stdout.write(Buffer.from(takeTerminal().readStdin()));
`;

type Input = "ignore" | "pipe";

function start(
  name: string,
  contents: string,
  args: readonly string[],
  input: Input = "ignore",
): ChildProcess {
  const outfile = join(folder, `${name}.mjs`);
  const stdin = { contents, resolveDir: import.meta.dirname };
  buildSync({ stdin, outfile, bundle: true, format: "esm", platform: "node", logLevel: "error" });
  return spawn(process.execPath, [outfile, ...args], { stdio: [input, "pipe", "pipe"] });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => child.on("close", done));
}

function nextData(child: ChildProcess, which: "stdout" | "stderr"): Promise<string> {
  return new Promise((done) => child[which]?.once("data", (data: Buffer) => done(String(data))));
}

test.each([
  ["0", 130],
  ["3", 130],
  ["1", 1],
])("Ctrl-C lets work end in order; with result %s it exits %d", async (found, code) => {
  const child = start("worker", worker, [found]);
  expect(await nextData(child, "stdout")).toBe("ready\n");
  const rest = nextData(child, "stdout");
  child.kill("SIGINT");
  expect(await rest).toBe("stopped in order\n");
  expect(await ended(child)).toBe(code);
});

test("a second Ctrl-C ends work that does not", async () => {
  const child = start("stubborn", worker, ["1", "stubborn"]);
  await nextData(child, "stdout");
  const said = nextData(child, "stderr");
  child.kill("SIGINT");
  expect(await said).toMatch(/Ctrl-C again stops at once\n$/);
  child.kill("SIGINT");
  expect(await ended(child)).toBe(130);
});

test("a reader that goes away is no error", async () => {
  const child = start("writer", writer, []);
  await nextData(child, "stdout");
  child.stdout?.destroy();
  let errors = "";
  child.stderr?.on("data", (data: Buffer) => {
    errors += String(data);
  });
  expect(await ended(child)).toBe(0);
  expect(errors).toBe("");
});

test("standard input is read to its end, however slowly it comes", async () => {
  const child = start("reader", reader, [], "pipe");
  let read = "";
  child.stdout?.on("data", (data: Buffer) => {
    read += String(data);
  });
  await nextData(child, "stderr");
  for (const part of ["one ", "two ", "three"]) {
    await new Promise((done) => setTimeout(done, 60));
    child.stdin?.write(part);
  }
  child.stdin?.end();
  expect({ code: await ended(child), read }).toEqual({ code: 0, read: "one two three" });
});
