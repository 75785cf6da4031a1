/**
 * `coprsim/vitest`: importing it teaches Vitest's `expect` to judge recorded histories and to run
 * scenarios. A failed expectation tells the story: the operation that cannot be placed, the cycle,
 * or the smallest plan that still fails.
 */
import { expect } from "vitest";
import {
  type ModelName,
  modelNames,
  readOperations,
  type Scalar,
} from "../scenarios/history-files/index.ts";
import type { PlanChoices, Scenario } from "../scenarios/index.ts";
import {
  checkIsolation,
  type Level,
  parseLevel,
  readIsolationHistory,
} from "../scenarios/judges/isolation/index.ts";
import { checkByName, unlimited } from "../scenarios/judges/linearizability/index.ts";
import { unreachable } from "../sim/assert.ts";
import { UserError } from "../sim/errors.ts";
import { printable } from "./printable.ts";
import { judgeScenario } from "./scenario-verdict.ts";

/** What `expect(...)` is given: a history file's text, or its lines as values. */
export type RecordedHistory = string | readonly unknown[];

export type LinearizabilityOptions = {
  /** What a register holds at first; null unless said. */
  readonly initial?: Scalar;
};

/** What may be assumed of the versions of rw-register keys. All false unless said. */
export type IsolationOptions = {
  readonly wfrKeys?: boolean;
  readonly sequentialKeys?: boolean;
  readonly linearizableKeys?: boolean;
};

export type ScenarioOptions = {
  /** How many seeds. */
  readonly seeds: number;
  /** Master seed S: seed i is "S/i"; "1" unless said. */
  readonly seed?: string;
} & Partial<PlanChoices>;

/** The matchers that this module adds. */
export interface CoprsimMatchers<Result> {
  /** Could the operations of a recorded history have happened one at a time? */
  toBeLinearizable(model: ModelName, options?: LinearizabilityOptions): Result;
  /** Do the transactions of a recorded history keep an isolation level? */
  toSatisfyIsolation(level: Level, options?: IsolationOptions): Result;
  /**
   * Expects a plugin artefact (its path; null: none) to get every store through all seeds of a
   * scenario, which finds it loaded beside its own plugins.
   */
  toPassScenario(scenario: Scenario, options: ScenarioOptions): Promise<Result>;
}

declare module "vitest" {
  interface Matchers<T> extends CoprsimMatchers<T extends unknown ? void : void> {}
}

/** What Vitest asks of a matcher. */
type Verdict = { readonly pass: boolean; readonly message: () => string };

const verdict = (pass: boolean, text: string): Verdict => ({ pass, message: () => text });

expect.extend({
  toBeLinearizable: (
    received: unknown,
    model: ModelName,
    { initial = null }: LinearizabilityOptions = {},
  ) => linearizable(textOf(received), model, initial),
  toSatisfyIsolation: (received: unknown, level: Level, options: IsolationOptions = {}) =>
    isolated(textOf(received), level, options),
  toPassScenario: async (received: unknown, scenario: Scenario, options: ScenarioOptions) => {
    if (received !== null && typeof received !== "string") {
      throw mistake("this is no plugin", "expected the path of an artefact, or null for none");
    }
    const { pass, text } = await judgeScenario({ artefact: received, scenario, ...options });
    return verdict(pass, text);
  },
});

function linearizable(text: string, model: ModelName, initial: Scalar): Verdict {
  if (!modelNames.includes(model)) {
    throw mistake(`no such model: ${model}`, `expected one of ${modelNames.join(", ")}`);
  }
  const operations = readOperations(text, { model, source: "history" });
  const found = checkByName(operations, { model, initial, budget: unlimited });
  switch (found.kind) {
    case "linearizable":
      return verdict(true, `expected ${operations.length} operations not to be linearizable`);
    case "refused":
      return verdict(false, `not linearizable: ${found.why}\n\n${found.picture}`);
    case "undecided":
      return verdict(false, `undecided: ${found.reason}`);
    default:
      return unreachable(found);
  }
}

function isolated(text: string, name: Level, options: IsolationOptions): Verdict {
  const level = parseLevel(name);
  const found = checkIsolation(readIsolationHistory(text, "history"), {
    level,
    wfrKeys: options.wfrKeys ?? false,
    sequentialKeys: options.sequentialKeys ?? false,
    linearizableKeys: options.linearizableKeys ?? false,
    deadline: () => false,
  });
  switch (found.kind) {
    case "valid":
      return verdict(true, `expected ${found.transactions} transactions not to be ${level}`);
    case "inconclusive":
      return verdict(false, `undecided, ${level}: ${found.reason}`);
    case "violation": {
      const told = found.anomalies.flatMap((one) => [
        `${one.name}:`,
        ...one.sentences.map((sentence) => `  ${printable(sentence)}`),
      ]);
      return verdict(false, [`not ${level}`, ...told].join("\n"));
    }
    default:
      return unreachable(found);
  }
}

/** A history as the text of a file of JSON Lines. */
function textOf(received: unknown): string {
  if (typeof received === "string") return received;
  if (Array.isArray(received)) return received.map((line) => JSON.stringify(line)).join("\n");
  throw mistake("this is no history", "expected a file's text, or an array of its lines");
}

function mistake(message: string, hint: string): UserError {
  return new UserError(message, { code: "usage", where: "", hint });
}
