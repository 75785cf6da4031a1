/**
 * Accept and refuse tables of action strings. To add a case, add a line: the text, then its actions
 * as `task argument chance count`, or fail-rs's error.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Action, parseActions } from "./index.ts";

const accepted: readonly (readonly [text: string, shown: string])[] = [
  ["off", "off 1 *"],
  ["\n return ", "return null 1 *"],
  ["return()", "return '' 1 *"],
  ["return(a(b)c%d*e)", "return 'a(b)c%d*e' 1 *"],
  ["12.5%return(7)", "return '7' 0.125 *"],
  ["1e1%yield", `yield ${Math.fround(0.1)} *`],
  ["+3*sleep(+007)", "sleep 7 1 3"],
  ["250%2*delay(0)", "delay 0 2.5 2"],
  ["0*panic(x y)", "panic 'x y' 1 0"],
  ["infinity%print", "print null Infinity *"],
  ["nan%pause(ignored)", "pause NaN *"],
  ["-1%off", `off ${Math.fround(-0.01)} *`],
  ["9007199254740993*sleep(18446744073709551615)", "sleep 18446744073709551615 1 9007199254740993"],
  ["1*print->\u3000off\u0085->panic", "print null 1 1 | off 1 * | panic null 1 *"],
];

const refused: readonly (readonly [text: string, error: string])[] = [
  ["", 'unrecognized command ""'],
  ["->", 'unrecognized command ""'],
  ["off->", 'unrecognized command ""'],
  ["Panic", 'unrecognized command "Panic"'],
  ["return 5", 'unrecognized command "return 5"'],
  ["off\u0000", 'unrecognized command "off\\0"'],
  ["\ufeffoff", 'unrecognized command "\\u{feff}off"'],
  ["2*10%off", "failed to parse frequency: invalid float literal"],
  ["10% 2*off", "failed to parse count: invalid digit found in string"],
  ["10%2* off", 'unrecognized command " off"'],
  ["%off", "failed to parse frequency: cannot parse float from empty string"],
  ["*off", "failed to parse count: cannot parse integer from empty string"],
  ["1.5*off", "failed to parse count: invalid digit found in string"],
  ["18446744073709551616*off", "failed to parse count: number too large to fit in target type"],
  ["sleep", "sleep require timeout"],
  ["delay", "sleep require timeout"],
  ["sleep()", "failed to parse timeout: cannot parse integer from empty string"],
  ["delay(1ms)", "failed to parse timeout: invalid digit found in string"],
  ["sleep(1.0)", "failed to parse timeout: invalid digit found in string"],
  ["return(a", "parentheses do not match"],
  ["return(a) b", "parentheses do not match"],
  ["return(a->b)", "parentheses do not match"],
  ["x%off(", "parentheses do not match"], // The parentheses are looked at first.
  ["off->bad->sleep", 'unrecognized command "bad"'], // The first wrong action is the error.
];

test("action strings that parse", () => {
  for (const [text, shown] of accepted) {
    const parsed = parseActions(text);
    if (parsed.kind === "error") throw new Error(`${text}: ${parsed.text}`);
    expect(parsed.actions.map(show).join(" | "), text).toBe(shown);
  }
});

test("action strings that do not parse", () => {
  for (const [text, error] of refused) {
    expect(parseActions(text), text).toEqual({ kind: "error", text: error });
  }
});

test("10,000 texts never throw, and the parts of a parsed one parse alone", () => {
  const words = [
    "off",
    "return",
    "sleep",
    "panic",
    "pause",
    "->",
    "(1)",
    "()",
    "50%",
    "3*",
    " ",
    "x",
  ];
  const unit = fc.constantFrom(...words, "(", ")", "%", "*", "-", "é");
  const text = fc.oneof(fc.string({ unit, maxLength: 8 }), fc.string({ unit: "binary" }));
  let parsedCount = 0;
  const law = fc.property(text, (one) => {
    const parsed = parseActions(one);
    if (parsed.kind === "error") {
      expect(parsed.text).not.toBe("");
      return;
    }
    parsedCount += 1;
    const alone = one.split("->").map((part) => parseActions(part));
    expect(alone).toEqual(parsed.actions.map((action) => ({ kind: "ok", actions: [action] })));
  });
  fc.assert(law, { numRuns: 10_000 });
  expect(parsedCount).toBeGreaterThan(100);
});

function show({ task, chance, count }: Action): string {
  const { kind, ...fields } = task;
  const values = Object.values(fields).map((value) => {
    return typeof value === "string" ? ` '${value}'` : ` ${value}`;
  });
  return `${kind}${values.join("")} ${chance} ${count ?? "*"}`;
}
