/**
 * Membership changes: what they make of the members, and which are refused. To add a case, add a
 * row: the members ("1,2 (1,3) l4 n3": voters, outgoing, learners, learners to come), the change,
 * and the members after or the reason. Longer stories are in testdata/membership.txt.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { assertConf, type Conf, changeConf, confOf, membersOf, noConf } from "./conf-change.ts";
import type { ConfChange, ConfChangeStep } from "./entry.ts";

const types = { "+": "add", "-": "remove", l: "add-learner", u: "update" } as const;

test.each([
  ["", "+1", "1"],
  ["1", "+2", "1,2"],
  ["1,2", "-2", "1"],
  ["1,2", "-9", "1,2"],
  ["1,2", "u2", "1,2"],
  ["1,2", "l3", "1,2 l3"],
  ["1,2 l3", "+3", "1,2,3"],
  ["1,2,3", "l3", "1,2 l3"],
  ["1", "-1", "removes-all-voters"],
  ["1", "l1", "removes-all-voters"],
  ["1,2", "leave", "not-joint"],
  ["1,2,3", "+4 -1", "2,3,4 (1,2,3) auto"],
  ["1,2,3", "explicit +4", "1,2,3,4 (1,2,3)"],
  ["1,2,3", "implicit +4", "1,2,3,4 (1,2,3) auto"],
  ["1,2,3", "explicit l3", "1,2 (1,2,3) n3"],
  ["1,2,3", "explicit -3 l4", "1,2 (1,2,3) l4"],
  ["1,2,3", "explicit -1 -2 -3", "removes-all-voters"],
  ["", "explicit +1", "no-voters-to-join"],
  ["1,2 (1,2,3) n3", "leave", "1,2 l3"],
  ["1,2,3,4 (1,2,3)", "leave", "1,2,3,4"],
  ["1,2,3 (1,2)", "+4", "simple-while-joint"],
  ["1,2,3 (1,2)", "explicit +4", "already-joint"],
])("%j: %s makes %s", (before, change, after) => {
  const result = changeConf(parse(before), parseChange(change));
  expect(result.kind === "changed" ? show(result.conf) : result.reason).toBe(after);
});

test("whatever is changed, the rules on members hold, and majorities overlap or are joint", () => {
  const step = fc.record({
    type: fc.constantFrom(...Object.values(types)),
    node: fc.integer({ min: 0, max: 5 }),
  });
  const change = fc.record({
    transition: fc.constantFrom("auto" as const, "implicit" as const, "explicit" as const),
    steps: fc.array(step, { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      let conf: Conf = confOf([1, 2, 3], [4]);
      for (const one of changes) {
        const result = changeConf(conf, one);
        if (result.kind === "refused") continue;
        const { voters, votersOutgoing } = result.conf;
        assertConf(result.conf);
        expect(voters.length).toBeGreaterThan(0);
        if (votersOutgoing.length > 0 && conf.votersOutgoing.length === 0) {
          expect(votersOutgoing).toEqual(conf.voters);
        } else if (conf.votersOutgoing.length === 0) {
          const both = new Set([...voters, ...conf.voters]);
          const kept = voters.filter((id) => conf.voters.includes(id));
          expect(both.size - kept.length).toBeLessThanOrEqual(1);
        }
        expect(membersOf(result.conf)).toEqual([...membersOf(result.conf)].sort((a, b) => a - b));
        conf = result.conf;
      }
    }),
    { seed: 7 },
  );
});

const numbers = (text: string): readonly number[] => text.split(",").map(Number);

function parse(text: string): Conf {
  let conf: Conf = noConf;
  for (const part of text.split(" ").filter((one) => one !== "")) {
    if (part.startsWith("(")) conf = { ...conf, votersOutgoing: numbers(part.slice(1, -1)) };
    else if (part.startsWith("l")) conf = { ...conf, learners: numbers(part.slice(1)) };
    else if (part.startsWith("n")) conf = { ...conf, learnersNext: numbers(part.slice(1)) };
    else conf = { ...conf, voters: numbers(part) };
  }
  return conf;
}

function parseChange(text: string): ConfChange {
  const words = text.split(" ");
  const [first] = words;
  const transition = first === "explicit" || first === "implicit" ? first : "auto";
  const steps = words.filter((word) => !/^[eil]\D/.test(word)).map(parseStep);
  return { transition, steps };
}

function parseStep(word: string): ConfChangeStep {
  const [sign = ""] = word;
  if (sign !== "+" && sign !== "-" && sign !== "l" && sign !== "u") throw new Error(word);
  return { type: types[sign], node: Number(word.slice(1)) };
}

function show({ voters, votersOutgoing, learners, learnersNext, autoLeave }: Conf): string {
  const parts = [
    `${voters}`,
    votersOutgoing.length === 0 ? "" : `(${votersOutgoing})`,
    learners.length === 0 ? "" : `l${learners}`,
    learnersNext.length === 0 ? "" : `n${learnersNext}`,
    autoLeave ? "auto" : "",
  ];
  return parts.filter((part) => part !== "").join(" ");
}
