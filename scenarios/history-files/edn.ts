/**
 * Jepsen's `history.edn`: one event a map, either one after another (as Jepsen writes the file) or
 * in one vector or list around them. A scanner of ours finds the maps, their lines and unbalanced
 * brackets; the package edn-data reads each map.
 *
 * Source: the README of jepsen-io/history and the histories in anishathalye/porcupine
 * `test_data/kv`.
 */
import { parseEDNString } from "edn-data";
import { badHistory, checkValue, quoted, shown } from "./json-lines.ts";

/** What happened to an operation: Jepsen's four types. */
export type JepsenType = "invoke" | "ok" | "fail" | "info";

/**
 * One event. EDN becomes plain data: a keyword or a symbol is a string without its colon, a vector,
 * list or set is an array, a map is an object, nil is null.
 */
export type JepsenEvent = {
  /** The file's own `:index`, or the event's position from 0 where it has none. */
  readonly index: number;
  readonly type: JepsenType;
  /** A client's number, or a name such as "nemesis". */
  readonly process: number | string;
  /** `:time`, in nanoseconds since the start of the test; the index where the event has none. */
  readonly time: number;
  /** What was asked for: "read", "write", "cas", "txn", "append"... */
  readonly f: string;
  readonly value: unknown;
  /** `:key`, where the test keeps it apart from the value; else null. */
  readonly key: unknown;
  /** The line, from 1, on which the event's map begins. */
  readonly line: number;
};

type Place = { readonly source: string; readonly line: number };

/**
 * The events of a Jepsen history in the file's order, the nemesis' included. Fields besides those
 * of `JepsenEvent` are ignored. Throws `UserError` "bad-history".
 */
export function readJepsenEdn(text: string, source: string): readonly JepsenEvent[] {
  return splitMaps(text, source).map(({ line, form }, position) => {
    const place = { source, line };
    return toEvent(parseEdn(form, place), position, place);
  });
}

/** The plain data of one EDN form. Throws `UserError` "bad-history" that names `place`. */
export function parseEdn(form: string, place: Place): unknown {
  let value: unknown;
  try {
    value = plain(
      parseEDNString(form, {
        mapAs: "map",
        setAs: "array",
        listAs: "array",
        keywordAs: "string",
        symbolAs: "string",
        charAs: "string",
        tagHandlers: { inst: (text) => text },
      }),
      0,
    );
  } catch {
    throw badHistory({ ...place, found: quoted(form), expected: "EDN" });
  }
  checkValue(value, place);
  return value;
}

function plain(value: unknown, level: number): unknown {
  // Any deeper than this is refused by checkValue; here it only must not exhaust the stack.
  if (level > 100) return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => plain(one, level + 1));
  if (value instanceof Map) {
    const entries = [...value].map(([key, one]) => [nameOf(key), plain(one, level + 1)]);
    return Object.fromEntries(entries);
  }
  // What is left is a tagged value {tag, val}, such as a record: its value stands for it.
  return "val" in value ? plain(value.val, level + 1) : null;
}

function nameOf(key: unknown): string {
  return typeof key === "string" ? key : JSON.stringify(plain(key, 1));
}

function toEvent(value: unknown, position: number, place: Place): JepsenEvent {
  // The scanner hands over maps only, so this holds whatever the file says.
  const map = value as Readonly<Record<string, unknown>>;
  const field = (name: string): unknown => (Object.hasOwn(map, name) ? map[name] : undefined);
  const { type, process, f } = { type: field("type"), process: field("process"), f: field("f") };
  if (type !== "invoke" && type !== "ok" && type !== "fail" && type !== "info") {
    throw badHistory({ ...place, found: `:type ${shown(type)}`, expected: typesExpected });
  }
  if (!isWhole(process) && typeof process !== "string") {
    const expected = ":process with a whole number or a name";
    throw badHistory({ ...place, found: `:process ${shown(process)}`, expected });
  }
  if (typeof f !== "string") {
    throw badHistory({ ...place, found: `:f ${shown(f)}`, expected: ":f with a keyword" });
  }
  const index = field("index") ?? position;
  if (!isWhole(index)) {
    throw badHistory({ ...place, found: `:index ${shown(index)}`, expected: "a whole number" });
  }
  const time = field("time") ?? index;
  if (!isWhole(time)) {
    throw badHistory({ ...place, found: `:time ${shown(time)}`, expected: "a whole number" });
  }
  const content = { value: field("value") ?? null, key: field("key") ?? null };
  return { index, type, process, time, f, ...content, line: place.line };
}

const typesExpected = ":type with one of :invoke, :ok, :fail, :info";

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value);
}

type Form = { readonly line: number; readonly form: string };

const closers: Readonly<Record<string, string>> = { "{": "}", "[": "]", "(": ")" };

/**
 * The maps of a history, each without its comments. edn-data takes brackets that do not match and
 * text that ends inside a string without a word, so balance is checked here.
 */
function splitMaps(text: string, source: string): readonly Form[] {
  const maps: Form[] = [];
  /** The open brackets, outermost first, with the lines they stand on. */
  const open: { readonly closer: string; readonly line: number }[] = [];
  let wrapped = false;
  let line = 1;
  let form = "";
  let formLine = 0;
  const inMap = (): boolean => open.length > (wrapped ? 1 : 0);
  for (let at = text.charCodeAt(0) === 0xfeff ? 1 : 0; at < text.length; ) {
    const token = tokenAt(text, at);
    const place = { source, line };
    const first = token.charAt(0);
    at += token.length;
    if (first === '"' && stringEnd(token, 0) > token.length) {
      throw badHistory({ ...place, found: "a string without an end", expected: 'its closing "' });
    }
    for (const character of token) if (character === "\n") line++;
    if (first === ";") {
      form += inMap() ? "\n" : "";
    } else if (first in closers) {
      if (!inMap() && first !== "{") {
        if (wrapped || maps.length > 0) throw outside(token, place);
        wrapped = true;
      } else if (!inMap()) {
        form = "";
        formLine = place.line;
      }
      open.push({ closer: closers[first] ?? "", line: place.line });
      form += first;
    } else if (first === "}" || first === "]" || first === ")") {
      const last = open.pop();
      if (last?.closer !== first) throw unmatched(first, last, place);
      form += first;
      if (first === "}" && !inMap()) maps.push({ line: formLine, form });
    } else if (inMap()) {
      form += token;
    } else if (!/^[\s,]|^#[A-Za-z]/.test(token)) {
      throw outside(token, place);
    }
  }
  const last = open.at(-1);
  if (last !== undefined) {
    const found = `the end of the text inside the bracket of line ${last.line}`;
    throw badHistory({ source, line, found, expected: `its closing ${last.closer}` });
  }
  return maps;
}

/** A comment, string, character, bracket, run of blanks, or word: what begins at `at`. */
function tokenAt(text: string, at: number): string {
  if (text[at] === '"') return text.slice(at, stringEnd(text, at));
  const token = /;[^\n]*|\\(?:\w+|[\s\S])|[{}[\]()]|[\s,]+|[^\s,{}[\]()";\\]+|[\s\S]/y;
  token.lastIndex = at;
  return token.exec(text)?.[0] ?? text.charAt(at);
}

/**
 * Just behind the closing quote, or the text's end. A loop: a pattern needs stack per character.
 */
function stringEnd(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '"') return end + 1;
    if (text[end] === "\\") end++;
  }
  return text.length + 1;
}

function outside(token: string, place: Place): Error {
  const found = `${quoted(token)} between the events`;
  return badHistory({ ...place, found, expected: "a map {:type :invoke, :process 0, ...}" });
}

function unmatched(
  found: string,
  last: { readonly closer: string; readonly line: number } | undefined,
  place: Place,
): Error {
  const expected =
    last === undefined
      ? "no closing bracket here"
      : `${last.closer} for line ${last.line}'s bracket`;
  return badHistory({ ...place, found: `a ${found}`, expected });
}
