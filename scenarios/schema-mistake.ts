/** What a schema refused, in words: the place, what was found there, what is expected. */
import type { z } from "zod";
import { assert } from "../sim/assert.ts";

/** `place` is empty if it is the whole value. */
export type SchemaMistake = {
  readonly place: string;
  readonly found: string;
  readonly expected: string;
};

/** The first mistake in `found` that `error` speaks of. */
export function mistakeOf(error: z.ZodError, found: unknown): SchemaMistake {
  const [issue] = error.issues;
  assert(issue !== undefined, "a refusal has an issue");
  return {
    place: placeOf(issue.path),
    found: shown(found, issue.path),
    expected: expectation(issue),
  };
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_value":
      return `one of ${issue.values.map((one) => JSON.stringify(one)).join(", ")}`;
    case "invalid_type":
      return `${/^[aeio]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
    case "unrecognized_keys":
      return `no ${issue.keys.map((name) => JSON.stringify(name)).join(", ")} here`;
    case "invalid_union":
      return "another kind: see the list in the documentation of plans";
    case "too_small":
      return `at least ${issue.minimum}${issue.origin === "number" ? "" : " of them"}`;
    case "too_big":
      return `at most ${issue.maximum}${issue.origin === "number" ? "" : " of them"}`;
    default:
      return issue.message;
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += `${text === "" ? "" : "."}${String(part)}`;
  }
  return text;
}

/** What stands at a path, short. */
function shown(found: unknown, path: readonly PropertyKey[]): string {
  let at: unknown = found;
  for (const part of path) {
    if (typeof at !== "object" || at === null) return "nothing";
    at = Reflect.get(at, part);
  }
  if (at === undefined) return "nothing";
  const text = JSON.stringify(at) ?? typeof at;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
