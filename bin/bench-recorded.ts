/** Recorded histories for `coprsim bench --histories`, with the model that each is judged by. */
import { join } from "node:path";
import type { ModelledHistory } from "../scenarios/bench/index.ts";
import { decodeHistory, isModelName, readOperations } from "../scenarios/history-files/index.ts";
import { UserError } from "../sim/errors.ts";
import { readInput } from "./files.ts";
import type { Surroundings } from "./frame.ts";

/**
 * The histories that `expected.json` of a folder names: `{"<file>": {"model": "<name>"}}`, each a
 * file of that folder in the JSON lines of FORMATS.md. Throws `UserError`.
 */
export function readRecorded(folder: string, frame: Surroundings): readonly ModelledHistory[] {
  const index = join(folder, "expected.json");
  const expected = parsed(decodeHistory(readInput(index, frame), index), index);
  return Object.entries(expected).map(([file, about]) => {
    const model: unknown = isRecord(about) ? about["model"] : undefined;
    if (typeof model !== "string" || !isModelName(model)) {
      throw bad(`${file} has no known "model"`, index);
    }
    const source = join(folder, file);
    const text = decodeHistory(readInput(source, frame), source);
    return { model, operations: readOperations(text, { model, source }) };
  });
}

function parsed(text: string, source: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad("this is no JSON", source);
  }
  if (!isRecord(value)) throw bad("this is no object", source);
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bad(message: string, where: string): UserError {
  const hint = 'expected {"<file>": {"model": "<name>"}}';
  return new UserError(message, { code: "bad-history", where, hint });
}
