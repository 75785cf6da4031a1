/** The memo is a set of integer sequences. To add a law, state it as a property. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Memo } from "./memo.ts";

const sequence = fc.tuple(fc.array(fc.nat(3), { maxLength: 4 }), fc.nat(2));

test("it knows exactly what was added, whatever the hashes, from clear to clear", () => {
  const memo = new Memo();
  const law = (all: readonly (readonly [number[], number])[]): void => {
    memo.clear();
    const known = new Set<string>();
    for (const [words, spread] of all) {
      // Few hashes on purpose: sequences must be told apart by their words.
      const hash = words.length === 0 ? 0 : (words[0]! << 28) ^ words.length;
      const place = memo.reserve(words.length);
      words.forEach((word, at) => {
        memo.words[place + at] = word;
      });
      const name = `${words}`;
      expect(memo.add(hash, words.length), `${name} ${spread}`).toBe(!known.has(name));
      known.add(name);
    }
  };
  fc.assert(fc.property(fc.array(sequence, { maxLength: 300 }), law), { numRuns: 300, seed: 1 });
});
