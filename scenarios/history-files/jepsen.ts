/**
 * Converters to linearizability operations: Jepsen's `history.edn` of register, compare-and-swap,
 * key-value and set tests, and the log text of Porcupine's recorded etcd histories.
 */
import { type JepsenEvent, parseEdn, readJepsenEdn } from "./edn.ts";
import { badHistory, quoted, shown } from "./json-lines.ts";
import type { Operation } from "./operations.ts";
import { type PairingOptions, pairEvents, type RegisterEvent } from "./registers.ts";

/**
 * The operations of a Jepsen history. Events of processes without a number (the nemesis) are left
 * out. Values `[key value]` of `jepsen.independent` are recognised where every invocation has them;
 * Porcupine's key-value files, with `:key` apart, are read too. Throws `UserError` "bad-history".
 */
export function operationsFromEdn(text: string, options: PairingOptions): readonly Operation[] {
  const { source } = options;
  const events = readJepsenEdn(text, source).filter(({ process }) => typeof process === "number");
  const invocations = events.filter(({ type }) => type === "invoke");
  const tuples = invocations.length > 0 && invocations.every(hasTuple);
  const plain = events.map((event) => (tuples ? withoutTuple(event) : event));
  return pairEvents(
    plain.map((event) => toRegisterEvent(event, source)),
    options,
  );
}

/** `[key value]`; a cas' value is itself a pair, which tells a tuple from the pair alone. */
function hasTuple({ f, value }: JepsenEvent): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  return f !== "cas" || Array.isArray(value[1]);
}

function withoutTuple(event: JepsenEvent): JepsenEvent {
  // A completion may carry an error instead of the tuple: then it has no value to take apart.
  if (!Array.isArray(event.value)) return { ...event, value: null };
  const [key, value]: readonly unknown[] = event.value;
  return { ...event, key: event.type === "invoke" ? key : null, value: value ?? null };
}

function toRegisterEvent(event: JepsenEvent, source: string): RegisterEvent {
  const { key, line, type, process, f, value } = event;
  if (key !== null && typeof key !== "string" && typeof key !== "number") {
    throw badHistory({
      source,
      line,
      found: `key ${shown(key)}`,
      expected: "a string or a number",
    });
  }
  return { line, type, process, f, key, value };
}

/** `0 :invoke :read nil`, behind any prefix that ends in the logger's name. */
const logLine = /jepsen\.util\b[\s:-]*(\d+)\s+:(invoke|ok|fail|info)\s+:([\w-]+)\s+(\S.*)$/;
/** What other processes than clients say (`:nemesis :info :start nil`). */
const otherLine = /jepsen\.util\b[\s:-]*:[\w-]+\s+:(?:invoke|ok|fail|info)\b/;

/**
 * The operations of a log such as Porcupine keeps of its etcd tests:
 * `INFO  jepsen.util - 0 :invoke :write 3`, fields apart by blanks or tabs. Lines of other loggers
 * and of the nemesis are left out; a failed cas was compared and differed. Throws `UserError`
 * "bad-history", also for a text without a single operation.
 */
export function operationsFromLog(text: string, source: string): readonly Operation[] {
  const events: RegisterEvent[] = [];
  text.split("\n").forEach((one, index) => {
    const line = index + 1;
    if (!one.includes("jepsen.util") || otherLine.test(one)) return;
    const [, process, type, f, rest] = logLine.exec(one.trimEnd()) ?? [];
    if (process === undefined || f === undefined || rest === undefined || !isType(type)) {
      throw badHistory({ source, line, found: quoted(one.trim()), expected: logExample });
    }
    const value = parseEdn(rest, { source, line });
    events.push({ line, type, process: Number(process), f, key: null, value });
  });
  if (events.length === 0) {
    throw badHistory({ source, found: "no line of jepsen.util", expected: logExample });
  }
  return pairEvents(events, { source, failedCas: "mismatch" });
}

const logExample = "lines such as 'INFO  jepsen.util - 0 :invoke :write 3'";

function isType(type: string | undefined): type is RegisterEvent["type"] {
  return type === "invoke" || type === "ok" || type === "fail" || type === "info";
}
