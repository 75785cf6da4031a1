/** What the line reader takes and refuses. To add a case, add a row to a table. */
import { expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { decodeHistory, readJsonLines } from "./json-lines.ts";

const accepted: readonly (readonly [name: string, text: string, values: readonly unknown[]])[] = [
  ["nothing", "", []],
  ["blank lines", "\n \n\t\n", []],
  [
    "a last line without an end",
    "1\n2",
    [
      { line: 1, value: 1 },
      { line: 2, value: 2 },
    ],
  ],
  [
    "blank lines between",
    "\n1\n\n2\n",
    [
      { line: 2, value: 1 },
      { line: 4, value: 2 },
    ],
  ],
  [
    "CRLF",
    '{"a":1}\r\n{"a":2}\r\n',
    [
      { line: 1, value: { a: 1 } },
      { line: 2, value: { a: 2 } },
    ],
  ],
  ["a byte order mark", "\ufeff[1]", [{ line: 1, value: [1] }]],
  ["a name twice", '{"a":1,"a":2}', [{ line: 1, value: { a: 2 } }]],
  ["the largest exact integer", "9007199254740991", [{ line: 1, value: 9007199254740991 }]],
  ["a fraction", "1.5e-3", [{ line: 1, value: 0.0015 }]],
  ["64 levels", `${"[".repeat(64)}${"]".repeat(64)}`, [{ line: 1, value: expect.anything() }]],
];

for (const [name, text, values] of accepted) {
  test(`takes ${name}`, () => expect(readJsonLines(text, "h.jsonl")).toEqual(values));
}

const refused: readonly (readonly [name: string, text: string, where: string, message: string])[] =
  [
    ["a line cut off", '1\n{"a":', "h.jsonl:2", `found '{"a":', expected JSON`],
    [
      "an array over lines",
      "[\n1\n]",
      "h.jsonl:1",
      "found '[', a part of a JSON array, expected JSON",
    ],
    ["a word", "1\n\nnil", "h.jsonl:3", "found 'nil', expected JSON"],
    [
      "an integer beyond 2^53",
      "[9007199254740993]",
      "h.jsonl:1",
      "found the number 9007199254740992, ",
    ],
    [
      "an endless number",
      '{"a":1e999}',
      "h.jsonl:1",
      "found the number Infinity, expected numbers",
    ],
    [
      "65 levels",
      `${"[".repeat(65)}${"]".repeat(65)}`,
      "h.jsonl:1",
      "found deep nesting, expected at",
    ],
    ["depth without end", "[".repeat(200_000), "h.jsonl:1", "found '[[["],
    ["control characters", "\u0007\u001b[31m", "h.jsonl:1", "found '??[31m', expected JSON"],
  ];

for (const [name, text, where, message] of refused) {
  test(`refuses ${name}`, () => {
    const error = caught(() => readJsonLines(text, "h.jsonl"));
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: "bad-history", where });
    expect((error as UserError).message).toContain(message);
    expect((error as UserError).hint).not.toBe("");
  });
}

test("bytes: UTF-8 with and without a mark; neither UTF-16 nor broken bytes", () => {
  const decode = (bytes: readonly number[]): string => decodeHistory(Uint8Array.from(bytes), "-");
  expect(decode([0xef, 0xbb, 0xbf, 0x31])).toBe("1");
  expect(decode([0xc3, 0xa4])).toBe("ä");
  expect(caught(() => decode([0xff, 0xfe, 0x31, 0]))).toMatchObject({ where: "-:1" });
  expect(caught(() => decode([0x31, 0xff]))).toMatchObject({ code: "bad-history", where: "-" });
});

function caught(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return undefined;
}
