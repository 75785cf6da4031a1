/** From what a person typed to scenarios: names of suites, of scenarios, or files of their own. */
import { UserError } from "../sim/errors.ts";
import { suggest } from "../sim/suggestion.ts";
import type { Scenario } from "./scenario.ts";

/**
 * The scenarios that `words` name, in the order of `known`, each once; a suite stands for all of
 * its scenarios. Throws `UserError` "usage" with the nearest names for an unknown word.
 */
export function selectScenarios(
  words: readonly string[],
  known: readonly Scenario[],
): readonly Scenario[] {
  const chosen = new Set<Scenario>();
  for (const word of words) {
    const found = known.filter(({ name, suites }) => name === word || suites.includes(word));
    if (found.length === 0) throw unknownName(word, known);
    for (const scenario of found) chosen.add(scenario);
  }
  return [...chosen];
}

function unknownName(word: string, known: readonly Scenario[]): UserError {
  const names = new Set(known.flatMap(({ name, suites }) => [name, ...suites]));
  const near = suggest(word, [...names]);
  const hint =
    near.length > 0
      ? `did you mean ${near.join(" or ")}?`
      : "`coprsim list` shows all scenarios and suites";
  return new UserError(`no such scenario or suite: ${word}`, { code: "usage", where: "", hint });
}
