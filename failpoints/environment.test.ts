/**
 * FAILPOINTS as fail-rs reads it, and our stricter reading of what people write. To add a case, add
 * a line to a table: the text, then the settings or the error.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../sim/errors.ts";
import {
  type FailpointCatalogue,
  type FailpointSetting,
  failpointCatalogue,
  parseEnvironment,
  readFailpoints,
  suggest,
} from "./index.ts";

const asFailRs: readonly (readonly [value: string | null, result: string])[] = [
  [null, ""],
  [" ;; ; ", ""],
  ["b=off;a=1*pause", "a=1*pause;b=off"],
  ["any name=off", "any name=off"],
  ["a = off ", "a = off"],
  ["a=off;a=yield", "a=yield"],
  ["=off", "=off"],
  ["a=return(=)", "a=return(=)"],
  ["\u0085a=off\u3000", "a=off"],
  ["\ufeff", 'panic invalid failpoint: "\\u{feff}"'],
  ['a=off;"b"', 'panic invalid failpoint: "\\"b\\""'],
  ["a=panic(x;y)", 'panic unable to configure failpoint "a": parentheses do not match'],
  ["a=b=c;d", 'panic unable to configure failpoint "a": unrecognized command "b=c"'],
];

test("FAILPOINTS as fail-rs reads it", () => {
  for (const [value, result] of asFailRs) {
    const parsed = parseEnvironment(value);
    const shown = parsed.kind === "ok" ? show(parsed.settings) : `panic ${parsed.text}`;
    expect(shown, String(value)).toBe(result);
  }
});

const accepted: readonly (readonly [text: string, settings: string])[] = [
  ["", ""],
  [" ; ;", ""],
  ["raft_propose=1*return", "raft_propose=1*return"],
  [" raft_propose = 150%return(x=y) ;", "raft_propose=150%return(x=y)"],
  ["raft_before_save=0.1%panic;commit=off", "raft_before_save=0.1%panic;commit=off"],
  ["before-set-lock-in-memory=pause", "before-set-lock-in-memory=pause"],
];

test("settings that people may write", () => {
  for (const [text, settings] of accepted) expect(show(read(text)), text).toBe(settings);
});

const refused: readonly (readonly [text: string, part: number, message: string, hint: string])[] = [
  ["raft_propose", 1, "a failpoint needs a name and actions", "expected name=actions"],
  ["commit=off;;x", 2, "a failpoint needs a name and actions", "expected name=actions"],
  ["raft_proposed=off", 1, 'unknown failpoint "raft_proposed"', "did you mean raft_propose"],
  ["Raft-Propose=off", 1, 'unknown failpoint "Raft-Propose"', "did you mean raft_propose"],
  [
    "prewrit=off",
    1,
    'unknown failpoint "prewrit"',
    "did you mean prewrite or pessimistic_prewrite?",
  ],
  ["=off", 1, 'unknown failpoint ""', "`list failpoints` shows all names"],
  ["toString=off", 1, 'unknown failpoint "toString"', "`list failpoints` shows all names"],
  ["commit=", 1, 'failpoint commit: unrecognized command ""', "expected [chance%][count*]task"],
  ["commit=sleep", 1, "failpoint commit: sleep require timeout", "expected [chance%][count*]task"],
  ["commit=return(a;b)", 1, "failpoint commit: parentheses do not match", "expected [chance%]"],
  ["commit=-1%off", 1, "failpoint commit: the chance is not a percentage", "expected 0 to 100"],
  [
    "commit=off->NaN%off",
    1,
    "failpoint commit: the chance is not a percentage",
    "expected 0 to 100",
  ],
  ["commit=inf%off", 1, "failpoint commit: the chance is not a percentage", "expected 0 to 100"],
  ["commit=off; commit=off", 2, "failpoint commit is set twice", "give all its actions at once"],
  [
    "raft_before_save=off->return(1)",
    1,
    "failpoint raft_before_save cannot return",
    "it may: sleep, delay, pause, yield, panic, print",
  ],
];

test("settings that are refused say where, what and what is expected", () => {
  for (const [text, part, message, hint] of refused) {
    const error = refusal(() => read(text));
    expect(error.code, text).toBe("bad-failpoint");
    expect(error.message, text).toBe(message);
    expect(error.where, text).toContain(`--failpoint, part ${part} (`);
    expect(error.hint, text).toContain(hint);
  }
});

test("suggestions are few, near, and in a fixed order", () => {
  const names = ["apply_one", "apply_two", "apply_six", "apply_ten", "other"];
  expect(suggest("apply_onw", names)).toEqual(["apply_one", "apply_two", "apply_six"]);
  expect(suggest("APPLY-ONE ", names)[0]).toBe("apply_one");
  expect(suggest("apply", names)).toEqual(["apply_one", "apply_two", "apply_six"]);
  expect(suggest("zzzzzzzz", names)).toEqual([]);
  expect(suggest("", names)).toEqual([]);
  expect(suggest("apply_one".repeat(1000), names)).toEqual([]);
});

test("10,000 texts throw nothing but UserError, and what is accepted fail-rs accepts too", () => {
  const words = ["commit", "raft_propose", "=", ";", "off", "return", "->", "1%", "2*", "(1)", " "];
  const name = fc.constantFrom("commit", " commit ", "raft_propose", "raft_before_save", "no");
  const actions = fc.constantFrom("off", " 3*return(1)", "9%panic->off", "sleep(1)", "sleep", "");
  const part = fc.tuple(name, actions).map(([left, right]) => `${left}=${right}`);
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...words), maxLength: 8 }),
    fc.string({ unit: "binary" }),
    fc.array(part, { maxLength: 3 }).map((parts) => parts.join("; ")),
  );
  let settingsCount = 0;
  const law = fc.property(text, (one) => {
    const asEnvironment = parseEnvironment(one);
    let settings: readonly FailpointSetting[] = [];
    try {
      settings = read(one);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      return;
    }
    settingsCount += settings.length;
    expect(asEnvironment.kind).toBe("ok");
    expect(asEnvironment.kind === "ok" && asEnvironment.settings.length).toBe(settings.length);
    expect(read(show(settings))).toEqual(settings);
  });
  fc.assert(law, { numRuns: 10_000 });
  expect(settingsCount).toBeGreaterThan(500);
});

function read(text: string): readonly FailpointSetting[] {
  const catalogue: FailpointCatalogue = failpointCatalogue;
  return readFailpoints({ text, where: "--failpoint", catalogue });
}

function refusal(act: () => unknown): UserError {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

function show(settings: readonly FailpointSetting[]): string {
  return settings.map(({ name, actions }) => `${name}=${actions}`).join(";");
}
