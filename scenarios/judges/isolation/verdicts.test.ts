/**
 * Golden verdicts: testdata/verdicts.txt holds one history for each anomaly, and its innocent twin.
 * To add a case, write its transactions, run with REWRITE=1, then read the diff.
 *
 *   judge LEVEL [wfr] [sequential] [linearizable]
 *   PROCESS ok|fail|info|open OP | OP | ..       one transaction, alone
 *   & PROCESS ..                                 one that overlaps with the one above
 *
 * where OP is `append KEY N`, `w KEY N`, `r KEY [N N]`, `r KEY N` or `r KEY nil`.
 */
import { expect, test } from "vitest";
import { type Case, runGolden } from "../../../sim/testing/datadriven.ts";
import {
  checkIsolation,
  type IsolationEvent,
  type IsolationVerdict,
  type MicroOp,
  parseLevel,
} from "./index.ts";
import { DIRECT_ANOMALIES, ruledOutBy } from "./levels.ts";

const golden = new URL("./testdata/verdicts.txt", import.meta.url);

test("verdicts.txt", () => {
  const seen = new Set<string>();
  runGolden(golden, (one) => {
    const verdict = judge(one);
    if (verdict.kind === "violation") for (const { name } of verdict.anomalies) seen.add(name);
    return show(verdict);
  });
  for (const name of [...DIRECT_ANOMALIES, "G0", "G1c", "G-single-item"])
    expect(seen).toContain(name);
  for (const name of ["G-nonadjacent-item", "G2-item", "G1c-process"]) expect(seen).toContain(name);
  for (const name of ["G0-realtime", "G-single-item-realtime"]) expect(seen).toContain(name);
});

test("a deadline that has passed leaves the history undecided", () => {
  const events = eventsOf(["0 ok append x 1", "1 ok r x [1]"]);
  const verdict = checkIsolation(events, { level: "snapshot", deadline: () => true });
  expect(verdict).toMatchObject({ kind: "inconclusive", reason: expect.stringContaining("time") });
});

test("levels are known by both spellings, others are refused with the list", () => {
  expect(parseLevel("snapshot-isolation")).toBe("snapshot");
  expect(parseLevel("strong-serializable")).toBe("strict-serializable");
  expect(() => parseLevel("snapshto")).toThrow("no such isolation level: snapshto");
  expect(ruledOutBy(["G-single-item"])).not.toContain("cursor-stability");
});

test("an asked-for workload that the operations contradict is an error", () => {
  const events = eventsOf(["0 ok append x 1", "1 ok r x [1]"]);
  const options = { level: "snapshot", workload: "rw-register" } as const;
  expect(() => checkIsolation(events, options)).toThrow('["append","x",1]');
});

function judge({ input, args }: Case): IsolationVerdict {
  return checkIsolation(eventsOf(input), {
    level: parseLevel(args[0] ?? ""),
    wfrKeys: args.includes("wfr"),
    sequentialKeys: args.includes("sequential"),
    linearizableKeys: args.includes("linearizable"),
  });
}

function eventsOf(lines: readonly string[]): readonly IsolationEvent[] {
  const events: IsolationEvent[] = [];
  let returns: Omit<IsolationEvent, "index">[] = [];
  const add = (event: Omit<IsolationEvent, "index">): void => {
    events.push({ ...event, index: events.length });
  };
  for (const line of lines) {
    const joined = line.startsWith("& ");
    const [process = "", outcome = "", ...rest] = (joined ? line.slice(2) : line).split(" ");
    if (!joined) {
      for (const event of returns) add(event);
      returns = [];
    }
    const ops = rest.join(" ").split(" | ").map(parseOp);
    const asked = ops.map(([f, key, value]): MicroOp => [f, key, f === "r" ? null : value]);
    const common = { process: Number(process), time: null };
    add({ ...common, type: "invoke", value: asked });
    if (outcome === "ok") returns.push({ ...common, type: "ok", value: ops });
    if (outcome === "fail" || outcome === "info") {
      returns.push({ ...common, type: outcome, value: asked });
    }
  }
  for (const event of returns) add(event);
  return events;
}

function parseOp(text: string): MicroOp {
  const [f = "", key = "", ...rest] = text.split(" ");
  const value = rest.join(" ");
  if (f !== "append" && f !== "w" && f !== "r") throw new Error(`no such operation: ${text}`);
  if (value === "nil") return [f, key, null];
  if (!value.startsWith("[")) return [f, key, Number(value)];
  return [
    f,
    key,
    value
      .slice(1, -1)
      .split(" ")
      .filter((one) => one !== "")
      .map(Number),
  ];
}

function show(verdict: IsolationVerdict): string {
  const notes = verdict.notes.map((note) => `note: ${note}`);
  if (verdict.kind === "inconclusive")
    return [`inconclusive: ${verdict.reason}`, ...notes].join("\n");
  if (verdict.kind === "valid") return ["valid", ...notes].join("\n");
  const told = verdict.anomalies.flatMap(({ name, count, sentences }) => [
    `${name} (${count})`,
    ...sentences.map((one) => `  ${one}`),
  ]);
  return ["violation", ...told, `ruled out: ${verdict.ruledOut.join(" ")}`, ...notes].join("\n");
}
