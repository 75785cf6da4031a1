/**
 * Histories for `check linearizability` as JSON Lines, one operation a line:
 * `{process, op, key?, input, output, call_time, return_time}`. Fields besides these are ignored.
 */
import { badHistory, type JsonLine, readJsonLines, shown } from "./json-lines.ts";
import { isScalar, type ModelName, modelNames, type Operation, type Output } from "./operations.ts";

type Place = { readonly source: string; readonly line: number };
type Fields = Readonly<Record<string, unknown>>;

/** What an operation's input is, and what the answer of one that returned says. */
type Shape = {
  readonly input: "none" | "scalar" | "pair" | "text";
  readonly output: "nothing" | "ok" | "scalar" | "text" | "list";
};

const register: Readonly<Record<string, Shape>> = {
  read: { input: "none", output: "scalar" },
  write: { input: "scalar", output: "nothing" },
};

/** The operations of each model. A file with any other one belongs to another model. */
const shapes: Readonly<Record<ModelName, Readonly<Record<string, Shape>>>> = {
  register,
  register0: register,
  "cas-register": { ...register, cas: { input: "pair", output: "ok" } },
  "kv-append": {
    get: { input: "none", output: "text" },
    put: { input: "text", output: "nothing" },
    append: { input: "text", output: "nothing" },
  },
  set: { add: { input: "scalar", output: "nothing" }, read: { input: "none", output: "list" } },
};

/** Whether a name, for example of an option, is a model's. */
export function isModelName(name: string): name is ModelName {
  return modelNames.some((one) => one === name);
}

/**
 * The operations of a JSON Lines text in the file's order. Throws `UserError` "bad-history" at the
 * first line that is no operation of the model.
 */
export function readOperations(
  text: string,
  options: { readonly model: ModelName; readonly source: string },
): readonly Operation[] {
  const { model, source } = options;
  return readJsonLines(text, source).map((one) => toOperation(one, { model, source }));
}

/** The history as JSON Lines text, which `readOperations` reads back as the same operations. */
export function writeOperations(operations: readonly Operation[]): string {
  const lines = operations.map(({ process, op, key, input, output, callTime, returnTime }) => {
    const named = key === undefined ? {} : { key };
    const times = { call_time: callTime, return_time: returnTime };
    return `${JSON.stringify({ process, op, ...named, input, output, ...times })}\n`;
  });
  return lines.join("");
}

function toOperation(
  { line, value }: JsonLine,
  { model, source }: { readonly model: ModelName; readonly source: string },
): Operation {
  const place = { source, line };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badHistory({ ...place, found: shown(value), expected: `an object such as ${example}` });
  }
  const fields: Fields = value as Fields;
  const op = fields["op"];
  const known = shapes[model];
  const shape = typeof op === "string" && Object.hasOwn(known, op) ? known[op] : undefined;
  if (shape === undefined || typeof op !== "string") {
    const expected = `one of ${Object.keys(known).join(", ")} (model ${model})`;
    throw badHistory({ ...place, found: `op ${shown(op)}`, expected });
  }
  const process = toProcess(fields["process"], place);
  const key = toKey(fields["key"], place);
  const input = toInput(fields["input"], { shape, op, place });
  const times = toTimes(fields, place);
  const returned = times.returnTime !== null;
  const output = toOutput(fields["output"], { shape, op, returned, place });
  return { process, op, ...(key === undefined ? {} : { key }), input, output, ...times };
}

const example =
  '{"process":0,"op":"read","input":null,"output":{"value":1},"call_time":3,"return_time":5}';

function toProcess(value: unknown, place: Place): number | string {
  if (typeof value === "string" || (typeof value === "number" && Number.isInteger(value))) {
    return value;
  }
  const expected = "a whole number or a string";
  throw badHistory({ ...place, found: `process ${shown(value)}`, expected });
}

function toKey(value: unknown, place: Place): string | number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" || typeof value === "number") return value;
  throw badHistory({ ...place, found: `key ${shown(value)}`, expected: "a string or a number" });
}

function toTimes(
  fields: Fields,
  place: Place,
): { readonly callTime: number; readonly returnTime: number | null } {
  const { call_time: callTime, return_time: returnTime } = fields;
  if (typeof callTime !== "number" || !Number.isInteger(callTime)) {
    throw badHistory({ ...place, found: `call_time ${shown(callTime)}`, expected: "an integer" });
  }
  if (returnTime === null) return { callTime, returnTime };
  if (typeof returnTime !== "number" || !Number.isInteger(returnTime)) {
    const expected = "an integer, or null for an operation that never returned";
    throw badHistory({ ...place, found: `return_time ${shown(returnTime)}`, expected });
  }
  if (returnTime < callTime) {
    const expected = `a return at or after the call at ${callTime}`;
    throw badHistory({ ...place, found: `return_time ${returnTime}`, expected });
  }
  return { callTime, returnTime };
}

type About = { readonly shape: Shape; readonly op: string; readonly place: Place };

function toInput(value: unknown, { shape, op, place }: About): Operation["input"] {
  const found = `input ${shown(value)}`;
  switch (shape.input) {
    case "none":
      if (value === null || value === undefined) return null;
      throw badHistory({ ...place, found, expected: `null (${op} takes no input)` });
    case "scalar":
      if (isScalar(value)) return value;
      throw badHistory({ ...place, found, expected: `${scalarExpected} to ${op}` });
    case "text":
      if (typeof value === "string") return value;
      throw badHistory({ ...place, found, expected: `a string to ${op}` });
    case "pair":
      if (Array.isArray(value) && value.length === 2) {
        const [from, to]: readonly unknown[] = value;
        if (isScalar(from) && isScalar(to)) return [from, to];
      }
      throw badHistory({ ...place, found, expected: `[from, to] to ${op}` });
  }
}

function toOutput(
  value: unknown,
  { shape, op, returned, place }: About & { readonly returned: boolean },
): Output | null {
  const found = `output ${shown(value)}`;
  if (!returned) {
    if (value === null || value === undefined || isUnknown(value)) return null;
    throw badHistory({ ...place, found, expected: "null (return_time is null)" });
  }
  if (isUnknown(value)) return { unknown: true };
  const fields: Fields =
    typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
  const { value: read, ok } = fields;
  switch (shape.output) {
    case "nothing":
      if (value === null || value === undefined || typeof value === "object") return {};
      throw badHistory({ ...place, found, expected: `{} of a ${op} that succeeded` });
    case "ok":
      if (typeof ok === "boolean") return { ok };
      throw badHistory({ ...place, found, expected: `{"ok":true}, {"ok":false}${orUnknown}` });
    case "scalar":
      if (isScalar(read)) return { value: read };
      throw badHistory({ ...place, found, expected: `{"value": ..}${orUnknown}` });
    case "text":
      if (typeof read === "string") return { value: read };
      throw badHistory({ ...place, found, expected: `{"value":"text"}${orUnknown}` });
    case "list":
      if (Array.isArray(read) && read.every(isScalar)) return { value: read };
      throw badHistory({ ...place, found, expected: `{"value":[..]}${orUnknown}` });
  }
}

const orUnknown = ' or {"unknown":true}';
const scalarExpected = "a string, number, boolean or null";

function isUnknown(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && "unknown" in value && value.unknown === true
  );
}
