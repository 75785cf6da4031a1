/**
 * Invocations and completions of register and key-value tests (Jepsen's, Porcupine's) paired to
 * operations. Times are positions in the recording, which is the order one observer saw.
 */
import { badHistory, shown } from "./json-lines.ts";
import { isScalar, type ModelName, type Operation, type Output } from "./operations.ts";

/** An invocation or a completion, as both converters read it. */
export type RegisterEvent = {
  readonly line: number;
  readonly type: "invoke" | "ok" | "fail" | "info";
  readonly process: number | string;
  readonly f: string;
  readonly key: string | number | null;
  readonly value: unknown;
};

export type PairingOptions = {
  readonly source: string;
  /**
   * What `fail` says of a cas: "mismatch" (it was compared and differed, as in Porcupine's logs) or
   * "nothing" (it did not take effect, which is all that Jepsen promises).
   */
  readonly failedCas: "mismatch" | "nothing";
};

/** Which operations a converted history holds. */
const known: ReadonlySet<string> = new Set(["read", "write", "cas", "get", "put", "append", "add"]);

type Open = { readonly event: RegisterEvent; readonly callTime: number };

/**
 * The operations in order of invocation. A read that failed carries no information; any other
 * operation that failed did not happen and is left out; what ended in `info`, or not at all, never
 * returned. Throws `UserError` "bad-history".
 */
export function pairEvents(
  events: readonly RegisterEvent[],
  options: PairingOptions,
): readonly Operation[] {
  const { source } = options;
  const open = new Map<number | string, Open>();
  const paired: { readonly callTime: number; readonly operation: Operation | null }[] = [];
  events.forEach((event, position) => {
    const time = position + 1;
    const { process, line, f } = event;
    if (!known.has(f)) {
      const expected = `one of ${[...known].join(", ")}`;
      throw badHistory({ source, line, found: `the operation ${shown(f)}`, expected });
    }
    const before = open.get(process);
    if (event.type === "invoke") {
      if (before !== undefined) {
        const expected = `the completion of its operation of line ${before.event.line} first`;
        throw badHistory({ source, line, found: `process ${process} invokes`, expected });
      }
      open.set(process, { event, callTime: time });
      return;
    }
    if (before === undefined || before.event.f !== f) {
      const expected = `an invocation of ${f} by process ${process} before it`;
      throw badHistory({ source, line, found: `:${event.type} of ${f}`, expected });
    }
    open.delete(process);
    const operation = complete({ before, event, time }, options);
    paired.push({ callTime: before.callTime, operation });
  });
  for (const before of open.values()) {
    paired.push({ callTime: before.callTime, operation: pending(before, source) });
  }
  paired.sort((a, b) => a.callTime - b.callTime);
  return paired.flatMap(({ operation }) => (operation === null ? [] : [operation]));
}

/** The model whose operations these are; a history without any is a cas-register's. */
export function modelOf(operations: readonly Operation[]): ModelName {
  const names = new Set(operations.map(({ op }) => op));
  if (names.has("get") || names.has("put") || names.has("append")) return "kv-append";
  return names.has("add") ? "set" : "cas-register";
}

type Completion = { readonly before: Open; readonly event: RegisterEvent; readonly time: number };

function complete({ before, event, time }: Completion, options: PairingOptions): Operation | null {
  const { source, failedCas } = options;
  const { f, type, line } = event;
  if (type === "info" || type === "invoke") return pending(before, source);
  const reads = f === "read" || f === "get";
  const returned = { ...pending(before, source), returnTime: time };
  if (type === "fail") {
    if (reads) return { ...returned, output: { unknown: true } };
    return f === "cas" && failedCas === "mismatch" ? { ...returned, output: { ok: false } } : null;
  }
  if (reads) return { ...returned, output: readOutput(event, source) };
  if (event.value !== null && !same(event.value, before.event.value)) {
    const expected = `${shown(before.event.value)} as in line ${before.event.line}`;
    throw badHistory({ source, line, found: `${f} of ${shown(event.value)}`, expected });
  }
  return { ...returned, output: f === "cas" ? { ok: true } : {} };
}

function readOutput({ value, f, line }: RegisterEvent, source: string): Output {
  if (Array.isArray(value) && f === "read" && value.every(isScalar)) return { value };
  if (isScalar(value) && (f === "read" || typeof value === "string")) return { value };
  const expected = f === "get" ? "a string" : "a string, number, boolean, nil or a set of them";
  throw badHistory({ source, line, found: `${f} of ${shown(value)}`, expected });
}

function pending({ event, callTime }: Open, source: string): Operation {
  const { process, f, key } = event;
  const input = toInput(event, source);
  const named = key === null ? {} : { key };
  return { process, op: f, ...named, input, output: null, callTime, returnTime: null };
}

function toInput({ f, value, line }: RegisterEvent, source: string): Operation["input"] {
  const found = `${f} of ${shown(value)}`;
  switch (f) {
    case "read":
    case "get":
      return null;
    case "cas": {
      const [from, to]: readonly unknown[] = Array.isArray(value) ? value : [];
      if (Array.isArray(value) && value.length === 2 && isScalar(from) && isScalar(to)) {
        return [from, to];
      }
      throw badHistory({ source, line, found, expected: "cas of [from to]" });
    }
    case "put":
    case "append":
      if (typeof value === "string") return value;
      throw badHistory({ source, line, found, expected: `${f} of a string` });
    default:
      if (isScalar(value)) return value;
      throw badHistory({ source, line, found, expected: "a string, number, boolean or nil" });
  }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
