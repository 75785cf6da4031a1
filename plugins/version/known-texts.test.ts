/** Parsed texts that are kept. To add a case, ask for texts and count how often they are parsed. */
import { expect, test } from "vitest";
import { knownTexts } from "./known-texts.ts";

test("a text is parsed once, and after too many others again", () => {
  const asked: string[] = [];
  const lengthOf = knownTexts((text) => {
    asked.push(text);
    return { length: text.length };
  });
  const first = lengthOf("abc");
  expect([lengthOf("abc"), lengthOf(""), lengthOf("ab")]).toEqual([3, 0, 2].map(length));
  expect(lengthOf("abc")).toBe(first);
  expect(asked).toEqual(["abc", "", "ab"]);
  for (let at = 0; at < 1_000; at++) lengthOf(`text ${at}`);
  expect(lengthOf("abc")).toEqual({ length: 3 });
  expect(asked.filter((text) => text === "abc")).toHaveLength(2);
});

const length = (length: number) => ({ length });
