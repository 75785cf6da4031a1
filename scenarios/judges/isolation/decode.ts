/**
 * Decoders of transaction histories: JSON Lines and Jepsen's EDN (FORMAT.md). Every mistake in a
 * file is a UserError `bad-history` with file, line, what was found and what was expected.
 */
import {
  badHistory,
  type JepsenEvent,
  type JsonLine,
  readJepsenEdn,
  readJsonLines,
  shown,
} from "../../history-files/index.ts";
import type { EventType, IsolationEvent, MicroOp, Workload } from "./history.ts";
import { pairEvents, workloadOf } from "./interpret.ts";

type Place = { readonly source: string; readonly line: number };
type Fields = Readonly<Record<string, unknown>>;

const EDN_BEGINS = /^[\s,]*(?:;|[[(]?[\s,]*(?:\{[\s,]*:|#))/;

/** The events of a history file, which is EDN if it looks like it and JSON Lines otherwise. */
export function readIsolationHistory(text: string, source: string): readonly IsolationEvent[] {
  return EDN_BEGINS.test(text)
    ? decodeIsolationEdn(readJepsenEdn(text, source), source)
    : decodeIsolationLines(readJsonLines(text, source), source);
}

/** The events of parsed JSON Lines. */
export function decodeIsolationLines(
  lines: readonly JsonLine[],
  source: string,
): readonly IsolationEvent[] {
  const decoder = new Decoder(source);
  for (const { line, value } of lines) decoder.add(line, value);
  return decoder.finish();
}

/** The events of a Jepsen history without the nemesis', whose process has no number. */
export function decodeIsolationEdn(
  events: readonly JepsenEvent[],
  source: string,
): readonly IsolationEvent[] {
  const decoder = new Decoder(source);
  for (const event of events) if (typeof event.process === "number") decoder.add(event.line, event);
  return decoder.finish();
}

class Decoder {
  readonly #source: string;
  readonly #events: IsolationEvent[] = [];
  readonly #lines: number[] = [];
  #index = -1;
  #workload: Workload | null = null;

  constructor(source: string) {
    this.#source = source;
  }

  add(line: number, raw: unknown): void {
    const place = { source: this.#source, line };
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
      throw wrong(place, raw, "an event {index, type, process, time, value}");
    }
    const fields = raw as Fields;
    const index = field(fields, "index");
    if (!isWhole(index)) throw wrong(place, index, "index: a whole number, 0 or more");
    if (index <= this.#index) {
      throw wrong(place, index, `index: more than that of the event before, ${this.#index}`);
    }
    const type = eventType(field(fields, "type"), place);
    const process = field(fields, "process");
    if (!isWhole(process) && typeof process !== "string") {
      throw wrong(place, process, "process: a whole number, 0 or more, or a name");
    }
    const time = field(fields, "time") ?? null;
    if (time !== null && typeof time !== "number") throw wrong(place, time, "time: a number");
    const value = this.#value(field(fields, "value") ?? null, type, place);
    this.#index = index;
    this.#events.push({ index, type, process, time, value });
    this.#lines.push(line);
  }

  finish(): readonly IsolationEvent[] {
    const result = pairEvents(this.#events);
    if (!("at" in result)) return this.#events;
    const { at, found, expected } = result;
    throw badHistory({ source: this.#source, line: this.#lines[at]!, found, expected });
  }

  #value(raw: unknown, type: EventType, place: Place): readonly MicroOp[] | null {
    // Only what nobody learnt the outcome of may leave its operations out.
    if (raw === null && type !== "ok" && type !== "invoke") return null;
    if (!Array.isArray(raw)) throw wrong(place, raw, "value: a list of operations [f, key, value]");
    const ops: readonly unknown[] = raw;
    for (let at = 0; at < ops.length; at++) this.#judgeWorkload(operation(ops[at], place), place);
    return ops as readonly MicroOp[];
  }

  #judgeWorkload(op: MicroOp, place: Place): void {
    const workload = workloadOf(op);
    if (workload === null || workload === this.#workload) return;
    if (this.#workload !== null) {
      const expected = `an operation of ${this.#workload}, as in the lines before`;
      throw wrong(place, op, `${expected} (append and reads of lists, or w and reads of values)`);
    }
    this.#workload = workload;
  }
}

function operation(raw: unknown, place: Place): MicroOp {
  if (!Array.isArray(raw) || raw.length !== 3) {
    throw wrong(place, raw, 'an operation ["append" | "w" | "r", key, value]');
  }
  const [f, key, value]: readonly unknown[] = raw;
  if (f !== "append" && f !== "w" && f !== "r") {
    throw wrong(place, raw, "append, w or r as the first part of an operation");
  }
  if (typeof key !== "string" && typeof key !== "number") {
    throw wrong(place, raw, "a string or a number as the key of an operation");
  }
  const fits = isScalar(value) || (f === "r" && (value === null || isListOfScalars(value)));
  const expected =
    f === "r"
      ? "null, a single value or a list of single values as what was read"
      : "a string, a number or a boolean as what is written";
  if (!fits) throw wrong(place, raw, expected);
  return raw as readonly unknown[] as MicroOp;
}

function eventType(raw: unknown, place: Place): EventType {
  if (raw === "invoke" || raw === "ok" || raw === "fail" || raw === "info") return raw;
  throw wrong(place, raw, "type: invoke, ok, fail or info");
}

/** An own field, so that no history can name what every object inherits. */
function field(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function isListOfScalars(value: unknown): boolean {
  return Array.isArray(value) && value.every(isScalar);
}

function wrong(place: Place, found: unknown, expected: string): Error {
  return badHistory({ ...place, found: shown(found), expected });
}
