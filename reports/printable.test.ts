/** Tests of `printable`. To add a case, add a row: the text, and what may be printed of it. */
import { expect, test } from "vitest";
import { printable } from "./printable.ts";

test.each([
  ["plain text, größe 名前 🙂", "plain text, größe 名前 🙂"],
  ["two\nlines\tand a tab", "two\\nlines\\tand a tab"],
  ["\u001b[31mred", "\\x1b[31mred"],
  ["\u009b31mred too", "\\x9b31mred too"],
  ["back\bspace\u0000\u007f", "back\\x08space\\x00\\x7f"],
  ["turned\u202eround", "turned\\u{202e}round"],
])("printable(%j)", (text, safe) => expect(printable(text)).toBe(safe));
