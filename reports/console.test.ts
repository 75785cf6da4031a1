/**
 * Tests of the text pieces. To add a case, add a row to a table below; expected text stands beside
 * its arguments.
 */
import { expect, test } from "vitest";
import {
  counted,
  createPainter,
  grouped,
  secondsText,
  table,
  visibleWidth,
  wrap,
} from "./console.ts";

const plain = createPainter({ colour: false });
const coloured = createPainter({ colour: true });

test("a painter without colour changes nothing, one with colour adds no width", () => {
  for (const kind of ["good", "bad", "warn", "dim", "strong", "name"] as const) {
    expect(plain[kind]("text")).toBe("text");
    expect(coloured[kind]("text")).not.toBe("text");
    expect(visibleWidth(coloured[kind]("text"))).toBe(4);
  }
});

test("wrap breaks at spaces, indents, and leaves longer words whole", () => {
  const options = { columns: 12, indent: 2, hang: 4 };
  expect(wrap("aaa bbb ccc dd", options)).toBe("  aaa bbb\n    ccc dd");
  expect(wrap("aaa bbb cc", options)).toBe("  aaa bbb cc");
  expect(wrap("aaa bbb ccc", options)).toBe("  aaa bbb\n    ccc");
  expect(wrap("a long-long-long-word b", options)).toBe("  a\n    long-long-long-word\n    b");
  expect(wrap("", options)).toBe("  ");
  expect(wrap(`${coloured.bad("aaa")} bbb cc`, options)).toBe(`  ${coloured.bad("aaa")} bbb cc`);
});

test("a table aligns its columns and wraps the last", () => {
  const columns = [
    { title: "check", align: "left" },
    { title: "seeds", align: "right" },
    { title: "what", align: "left" },
  ] as const;
  const rows = [
    ["C1", "1,000", "equal runs give equal bytes"],
    [plain.bad("C11"), "7", "no"],
  ];
  expect(table({ columns, rows, width: 36, painter: plain })).toBe(
    [
      "check  seeds  what",
      "C1     1,000  equal runs give equal",
      "              bytes",
      "C11        7  no",
    ].join("\n"),
  );
  const painted = table({ columns, rows, width: 36, painter: coloured });
  expect(painted.split("\n").map(visibleWidth)).toEqual([18, 35, 19, 16]);
});

test("a table without titles has no heading", () => {
  const columns = [
    { title: "", align: "left" },
    { title: "", align: "right" },
  ] as const;
  const rows = [
    ["a", "1"],
    ["bb", "10"],
  ];
  expect(table({ columns, rows, width: 40, painter: plain })).toBe("a    1\nbb  10");
});

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [1234567, "1,234,567"],
])("grouped(%d)", (count, text) => expect(grouped(count)).toBe(text));

test.each([
  [counted(1, "seed"), "1 seed"],
  [counted(0, "seed"), "0 seeds"],
  [counted(2, "property", "properties"), "2 properties"],
])("counted: %s", (text, expected) => expect(text).toBe(expected));

test.each([
  [0, "0.00 s"],
  [0.994, "0.99 s"],
  [0.996, "1.0 s"],
  [9.94, "9.9 s"],
  [9.96, "10 s"],
  [59.6, "1 min 00 s"],
  [185, "3 min 05 s"],
  [7800, "2 h 10 min"],
])("secondsText(%d)", (seconds, text) => expect(secondsText(seconds)).toBe(text));
