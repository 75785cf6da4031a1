/**
 * Agreement with the running crate fail-rs 0.5.1 over the recorded answers of the oracle folder
 * `failpoints`. Cases are added there, by running the crate.
 */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { UserError } from "../sim/errors.ts";
import { hasOracles, oraclePath, oracleTest } from "../sim/testing/oracles.ts";
import {
  type FailpointCatalogue,
  Failpoints,
  type Outcome,
  parseActions,
  parseEnvironment,
  type Task,
} from "./index.ts";

type ParseRow = {
  readonly input: string;
  readonly error?: string;
  readonly actions?: readonly {
    readonly task: string;
    readonly arg: unknown;
    readonly freq: number | string;
    readonly count: unknown;
  }[];
};

oracleTest("action strings", () => {
  const rows = read<ParseRow>("parse.json");
  let refused = 0;
  for (const row of rows) {
    const parsed = parseActions(row.input);
    if (row.error !== undefined) {
      refused += 1;
      expect(parsed, row.input).toEqual({ kind: "error", text: row.error });
      continue;
    }
    if (parsed.kind === "error") throw new Error(`${row.input}: ${parsed.text}`);
    const found = parsed.actions.map(({ task, chance, count }) => {
      return { task: task.kind, arg: argument(task), freq: chance, count };
    });
    const wanted = row.actions?.map((action) => ({
      ...action,
      arg: exact(action.arg),
      freq: Math.fround(Number(action.freq)),
      count: exact(action.count),
    }));
    expect(found, row.input).toEqual(wanted);
  }
  report(`action strings: ${rows.length} agree (${refused} refused)`);
});

type Step = {
  readonly step: "cfg" | "cfg_callback" | "call" | "basic" | "remove" | "list";
  readonly actions?: string;
  readonly error?: string;
  readonly result?: string;
  readonly arg?: string | null;
  readonly panic?: string;
  readonly log?: readonly string[];
  readonly min_ms?: number;
  readonly value?: readonly (readonly [string, string])[];
};

const fp = { where: "", step: "", may: "return", returns: "anything", only: null };
const catalogue: FailpointCatalogue<"fp"> = { fp };

oracleTest("sequences of evaluations", () => {
  const rows = read<{ readonly name: string; readonly steps: readonly Step[] }>(
    "eval_sequences.json",
  );
  let steps = 0;
  for (const row of rows) {
    const log: string[] = [];
    const noChance = () => {
      throw new Error("no recorded chance lies between 0% and 100%");
    };
    // 0% draws too, as in rand; every draw is the highest one.
    const draw = row.name.startsWith("freq0") ? () => 0xffff_ffff : noChance;
    const failpoints = new Failpoints({ catalogue, draw });
    for (const [at, step] of row.steps.entries()) {
      expect(play(failpoints, step, log), `${row.name}, step ${at + 1}`).toEqual(wanted(step));
      steps += 1;
    }
  }
  report(`sequences: ${rows.length} agree (${steps} steps)`);
});

type EnvironmentRow = {
  readonly FAILPOINTS: string | null;
  readonly registry?: readonly (readonly [name: string, actions: string])[];
  readonly panic?: string;
};

oracleTest("values of FAILPOINTS", () => {
  const rows = read<EnvironmentRow>("env.json");
  for (const row of rows) {
    const settings = row.registry?.map(([name, actions]) => ({ name, actions }));
    const wantedResult =
      settings === undefined ? { kind: "panic", text: row.panic } : { kind: "ok", settings };
    expect(parseEnvironment(row.FAILPOINTS), String(row.FAILPOINTS)).toEqual(wantedResult);
  }
  expect(rows.length).toBe(40);
  report(`values of FAILPOINTS: ${rows.length} agree`);
});

/** What a step did, in the oracle's terms. */
function play(failpoints: Failpoints<"fp">, { step, actions }: Step, log: string[]): unknown {
  const point = failpoints.handle("fp");
  switch (step) {
    case "cfg":
      try {
        failpoints.configure("fp", actions ?? "");
        return { ok: true };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { error: error.message };
      }
    case "cfg_callback":
      failpoints.configureCallback("fp", () => log.push("CALLBACK"));
      return {};
    case "remove":
      failpoints.remove("fp");
      return {};
    case "list":
      return { value: failpoints.list().map(({ name, actions }) => [name, actions]) };
    default: {
      log.length = 0;
      const outcome = step === "basic" ? point.evaluatePlain() : point.evaluate();
      return { ...happened(outcome, log), log: [...log] };
    }
  }
}

/** The same of a recorded step. Recorded panics may carry a time, which is that of unwinding. */
function wanted(step: Step): unknown {
  switch (step.step) {
    case "cfg":
      return step.error === undefined ? { ok: true } : { error: `failpoint fp: ${step.error}` };
    case "cfg_callback":
    case "remove":
      return {};
    case "list":
      return { value: step.value };
    default: {
      const log = step.log ?? [];
      if (step.panic !== undefined) return { panic: step.panic, log };
      const us = (step.min_ms ?? 0) * 1000;
      const arg = step.result === "return" ? { arg: step.arg ?? null } : {};
      return { result: step.result, us, ...arg, log };
    }
  }
}

function happened(outcome: Outcome, log: string[]): object {
  if (outcome.kind === "panic") return { panic: outcome.text };
  if (outcome.kind === "print") log.push(outcome.text);
  if (outcome.kind === "return") return { result: "return", us: 0, arg: outcome.value };
  const us = outcome.kind === "sleep" || outcome.kind === "delay" ? outcome.us : 0;
  return { result: "continue", us };
}

function argument(task: Task): unknown {
  if (task.kind === "return") return task.value;
  if (task.kind === "panic" || task.kind === "print") return task.text;
  return task.kind === "sleep" || task.kind === "delay" ? task.ms : null;
}

/** Rows of a file; numbers that a double would round are read as `{ u64: "digits" }`. */
function read<Row>(name: string): readonly Row[] {
  const text = readFileSync(oraclePath(`failpoints/${name}`), "utf8");
  return JSON.parse(text.replaceAll(/":(\d{16,})/g, '":{"u64":"$1"}')) as readonly Row[];
}

function exact(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("u64" in value)) return value;
  return BigInt(String(value.u64));
}

function report(line: string): void {
  if (hasOracles) process.stderr.write(`oracle failpoints, ${line}\n`);
}
