/** What the reader of Jepsen's EDN takes and refuses. To add a case, add a row to a table. */
import { expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { type JepsenEvent, readJepsenEdn } from "./edn.ts";

const invoke = "{:type :invoke, :f :read, :value nil, :process 0, :time 10, :index 0}";
const read: JepsenEvent = {
  index: 0,
  type: "invoke",
  process: 0,
  time: 10,
  f: "read",
  value: null,
  key: null,
  line: 1,
};

const accepted: readonly (readonly [name: string, text: string, events: readonly unknown[]])[] = [
  ["nothing", " \n;; nothing\n", []],
  ["an event", invoke, [read]],
  ["a byte order mark", `\ufeff${invoke}`, [read]],
  ["events on one line", `${invoke}${invoke}`, [read, read]],
  ["events line by line", `${invoke}\r\n\n${invoke}\n`, [read, { ...read, line: 3 }]],
  ["a vector around", `[${invoke},\n ${invoke}]`, [read, { ...read, line: 2 }]],
  ["a list around", `(${invoke})`, [read]],
  ["records", `#jepsen.history.Op${invoke}`, [read]],
  ["comments", `; {\n${invoke.replace(",", "; }\n")}`, [{ ...read, line: 2 }]],
  [
    "a comment right behind a value",
    "{:type :ok :f :r :process 1;2\n:time 3}",
    [{ ...read, type: "ok", f: "r", process: 1, time: 3 }],
  ],
  [
    "no index, no time",
    "{:type :ok :f :w :process 1}\n{:type :ok :f :w :process 1}",
    [
      { ...read, type: "ok", f: "w", process: 1, time: 0 },
      { ...read, type: "ok", f: "w", process: 1, index: 1, time: 1, line: 2 },
    ],
  ],
  [
    "a transaction",
    '{:type :ok, :f :txn, :value [[:append 5 1] [:r 3 [1 2]] (:r "x" nil)], :process 7}',
    [
      {
        ...read,
        type: "ok",
        f: "txn",
        process: 7,
        time: 0,
        value: [
          ["append", 5, 1],
          ["r", 3, [1, 2]],
          ["r", "x", null],
        ],
      },
    ],
  ],
  [
    "the nemesis, maps, sets, big integers, strings with brackets, a lost operation",
    '{:type :info :f :kill :process :nemesis :value {:a #{1} "b" 5N :c "}\\"{\n"} :key \\a}',
    [
      {
        ...read,
        type: "info",
        f: "kill",
        process: "nemesis",
        time: 0,
        value: { a: [1], b: 5, c: '}"{\n' },
        key: "a",
      },
    ],
  ],
];

for (const [name, text, events] of accepted) {
  test(`takes ${name}`, () => expect(readJepsenEdn(text, "h.edn")).toEqual(events));
}

const event = (fields: string): string => `{:type :ok :f :r :process 0 ${fields}}`;

const refused: readonly (readonly [name: string, text: string, where: string, message: string])[] =
  [
    ["another type", "{:type :oops}", "h.edn:1", 'found :type "oops", expected :type with one of'],
    ["no type", `${invoke}\n{}`, "h.edn:2", "found :type nothing"],
    ["no process", "{:type :ok :f :r}", "h.edn:1", "found :process nothing"],
    ["a process of a half", "{:type :ok :f :r :process 0.5}", "h.edn:1", "found :process 0.5"],
    ["no function", "{:type :ok :process 1}", "h.edn:1", "found :f nothing"],
    ["an index that is none", event(":index :a"), "h.edn:1", 'found :index "a"'],
    ["a time that is none", event(":time 1.5"), "h.edn:1", "found :time 1.5"],
    ["a map without an end", "\n{:type\n:ok", "h.edn:3", "inside the bracket of line 2"],
    ["a string without an end", '{:a\n"b', "h.edn:2", "found a string without an end"],
    ["another closing bracket", event(":value [1}"), "h.edn:1", "found a }, expected ]"],
    ["one bracket too many", `${invoke}\n}`, "h.edn:2", "expected no closing bracket here"],
    ["a word between events", `${invoke}\nfoo`, "h.edn:2", "found 'foo' between the events"],
    ["JSON Lines", '{"type": "invoke"}', "h.edn:1", 'found :type ""'],
    ["a vector of vectors", "[[1 2]]", "h.edn:1", "found '[' between the events"],
    ["two vectors", `[${invoke}]\n[${invoke}]`, "h.edn:2", "found '[' between the events"],
    ["an event discarded", `#_${invoke}`, "h.edn:1", "found '#_' between the events"],
    ["an integer beyond 2^53", event(":value 9007199254740993"), "h.edn:1", "below 2^53"],
    ["a big integer beyond 2^53", event(":value 9007199254740993N"), "h.edn:1", "below 2^53"],
    ["65 levels", event(`:value ${"[".repeat(65)}${"]".repeat(65)}`), "h.edn:1", "deep nesting"],
    ["tags without end", event(`:value ${"#a ".repeat(300)}1`), "h.edn:1", "deep nesting"],
    ["an escape that is none", event(':value "\\q"'), "h.edn:1", "expected EDN"],
  ];

for (const [name, text, where, message] of refused) {
  test(`refuses ${name}`, () => {
    let error: unknown;
    try {
      readJepsenEdn(text, "h.edn");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: "bad-history", where });
    expect((error as UserError).message).toContain(message);
  });
}
