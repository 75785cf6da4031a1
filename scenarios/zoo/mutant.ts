/** A mutant: one historical bug as text replacements in one file of the system under test. */
import { z } from "zod";
import { UserError } from "../../sim/errors.ts";

export type Mutant = {
  readonly id: string;
  readonly component: "raft" | "engine" | "store" | "client" | "copr" | "plugin" | "verify";
  /** Where the bug happened: project, issue or paper. */
  readonly source: string;
  /** What is broken, in one sentence. */
  readonly about: string;
  /** Relative to the package. */
  readonly file: string;
  readonly edits: readonly { readonly find: string; readonly replace: string }[];
  /** Properties (of "verify": checks) that should convict it; a kill by another is told as such. */
  readonly expected: readonly string[];
  /**
   * Suites or scenarios that can reach it, in the order in which they are tried; of "verify", the
   * checks whose twins are judged.
   */
  readonly suites: readonly string[];
  /** The fidelity in which its code runs at all; `tikv` where a file says nothing. */
  readonly fidelity: "tikv" | "contract";
};

const mutantShape = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/, "expected lower case letters, digits and dashes"),
  component: z.enum(["raft", "engine", "store", "client", "copr", "plugin", "verify"]),
  source: z.string().min(1),
  about: z.string().min(1),
  file: z.string().min(1),
  edits: z.array(z.strictObject({ find: z.string().min(1), replace: z.string() })).min(1),
  expected: z.array(z.string()).min(1),
  suites: z.array(z.string()).min(1),
  fidelity: z.enum(["tikv", "contract"]).default("tikv"),
});

/** Reads the text of a mutant's file. Throws `UserError` "bad-mutant". */
export function parseMutant(text: string, where: string): Mutant {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(`this is no JSON: ${error instanceof Error ? error.message : ""}`, where);
  }
  const parsed = mutantShape.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  throw bad(issue?.message ?? "unexpected shape", path === "" ? where : `${where}: ${path}`);
}

/** The file's text with the bug in it. Throws `UserError` where an edit does not match once. */
export function mutate(mutant: Mutant, text: string): string {
  let mutated = text;
  mutant.edits.forEach(({ find, replace }, at) => {
    const count = mutated.split(find).length - 1;
    if (count !== 1) {
      const message = `edit ${at + 1} matches ${count} times in ${mutant.file}, expected once`;
      throw bad(message, mutant.id);
    }
    mutated = mutated.replace(find, () => replace);
  });
  return mutated;
}

function bad(message: string, where: string): UserError {
  const hint = 'see CONTRIBUTING.md, "add a mutant"';
  return new UserError(message, { code: "bad-mutant", where, hint });
}
