/**
 * `--config tikv.toml`. To add a case, add a row: the file's text, and what it sets, warns of, or
 * how it is refused.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { UserError } from "../sim/errors.ts";
import { commands } from "./commands.ts";
import { type ReadConfig, readConfigFile } from "./config-file.ts";
import { runProgram } from "./program.ts";
import { createSurroundings, unwrapped } from "./testing/surroundings.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "tikv.toml");

function read(text: string): ReadConfig {
  writeFileSync(file, text);
  return readConfigFile(file, "fast", createSurroundings());
}

test.each<[text: string, config: Readonly<Record<string, unknown>>]>([
  ["", {}],
  ["[server]\ngrpc-concurrency = 3", { "server.grpc-concurrency": 3 }],
  [
    "[raftstore]\nraft-base-tick-interval = '200ms'\nraft-store-max-leader-lease = '1s500ms'",
    {
      "raftstore.raft-base-tick-interval": "200ms",
      "raftstore.raft-store-max-leader-lease": "1s500ms",
    },
  ],
  [
    '[coprocessor-v2]\ncoprocessor-plugin-directory = ""',
    { "coprocessor-v2.coprocessor-plugin-directory": "" },
  ],
  ["raftstore.raft-entry-max-size = '1MB'", { "raftstore.raft-entry-max-size": "1MB" }],
])("%j is taken", (text, config) => {
  expect(read(text)).toEqual({ config, warnings: [] });
});

test("what real nodes take and the model does not is warned of, a line each", () => {
  const text =
    'log-level = "info"\n[rocksdb]\nmax-open-files = 40\n[raftstore]\nprevote = true\n' +
    "[server]\ngrpc-concurrency = 2\n";
  const { config, warnings } = read(text);
  expect(config).toEqual({ "server.grpc-concurrency": 2 });
  expect(warnings.map((line) => line.split(" is not modelled")[0])).toEqual([
    "log-level",
    "[rocksdb]",
    "raftstore.prevote",
  ]);
});

test.each([
  ["[raftstore]\nraft-hartbeat-ticks = 2", ", line 2 | did you mean raftstore.raft-heartbeat-tick"],
  ["[raftstor]\nraft-heartbeat-ticks = 2", ", line 1 | did you mean raftstore"],
  ["[server\n", ", line 1, column"],
  ["raftstore = 3", "a table, [raftstore]"],
  ["[raftstore]\nraft-heartbeat-ticks = 'two'", ", line 2 | expected a whole number from 1"],
  ["[raftstore]\nraft-heartbeat-ticks = [2]", "a text, a number or true or false"],
  ["[raftstore]\nraft-base-tick-interval = '1x'", "expected a duration such as"],
  ["[raftstore]\nraft-base-tick-interval = 1", "expected a duration such as"],
  ["[raftstore]\nraft-entry-max-size = '0'", "expected a size such as"],
  ["[raftstore]\nraft-election-timeout-ticks = 2", "more than raft-heartbeat-ticks"],
  ["[raftstore]\nraft-store-max-leader-lease = '1s'", "at most the election timeout less one tick"],
  ["[coprocessor-v2]\ncoprocessor-plugin-directory = 1", "a path as text"],
])("%j is refused", (text, said) => {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.code).toBe("bad-config");
    expect(`${error.where} | ${error.hint}`).toContain(said);
    return;
  }
  expect.fail("it was taken");
});

async function coprsim(line: string) {
  const surroundings = createSurroundings();
  const code = await runProgram(commands, line.split(" "), surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

test("run takes it, and a slower tick makes another history", async () => {
  writeFileSync(file, "[log]\nlevel = 'info'\n[raftstore]\nraft-base-tick-interval = '150ms'\n");
  const run = `run smoke-calm --seeds 1 --json ${join(folder, "run.json")}`;
  const [plain, slower] = [await coprsim(run), await coprsim(`${run} --config ${file}`)];
  expect([plain.code, slower.code]).toEqual([0, 0]);
  expect(unwrapped(slower.out)).toContain("[log] is not modelled");
  const events = ({ out }: typeof plain) => /[\d,]+ events/.exec(out)?.[0];
  expect(events(slower)).not.toBe(events(plain));
  expect(await coprsim(`run smoke-calm --config ${join(folder, "none.toml")}`)).toMatchObject({
    code: 2,
    out: "",
  });
});

test("without a plugin directory every call gets TiKV's refusal, and no gate is met", async () => {
  writeFileSync(file, '[coprocessor-v2]\ncoprocessor-plugin-directory = ""\n');
  const ran = await coprsim(`run smoke-calm --seeds 1 --config ${file}`);
  expect(ran.code).toBe(3);
  expect(ran.out).toMatch(/smoke-calm .* 0 calls\n[\s\S]*inconclusive: it never happened that/);
});

test("list config shows keys with what they are and both profiles' values", async () => {
  const { code, out } = await coprsim("list config");
  expect(code).toBe(0);
  expect(out.replaceAll(/\s+/g, " ")).toContain(
    "raftstore.raft-base-tick-interval the tick in which Raft and the store count (fast 100ms, ",
  );
});
