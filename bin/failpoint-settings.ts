/** Failpoints as people set them for a run: `--failpoint` and the variable `FAILPOINTS`. */
import { type FailpointSetting, failpointCatalogue, readFailpoints } from "../failpoints/index.ts";
import { passedFailpoints } from "../nodes/index.ts";
import { UserError } from "../sim/errors.ts";

/**
 * All that are set, the variable's first; an option goes before the variable. Throws `UserError`
 * "bad-failpoint", with suggestions for an unknown name.
 */
export function failpointSettings(
  options: readonly string[],
  variable: string | null,
): readonly FailpointSetting[] {
  const catalogue = failpointCatalogue;
  const given = options.flatMap((text) => {
    const read = readFailpoints({ text, where: "--failpoint", catalogue });
    if (read.length > 0) return read;
    const hint = "expected name=actions, such as raft_before_save=0.1%panic";
    throw new UserError("no failpoint", { code: "bad-failpoint", where: "--failpoint", hint });
  });
  for (const [at, { name }] of given.entries()) {
    if (given.findIndex((one) => one.name === name) === at) continue;
    throw new UserError(`failpoint ${name} is set twice`, {
      code: "bad-failpoint",
      where: "--failpoint",
      hint: 'give all its actions at once, joined by "->"',
    });
  }
  const inherited = readFailpoints({ text: variable ?? "", where: "FAILPOINTS", catalogue });
  const all = [
    ...inherited.filter(({ name }) => given.every((one) => one.name !== name)),
    ...given,
  ];
  for (const { name } of all) refuseUnpassed(name);
  return all;
}

/** A run in which nothing can come to a failpoint would be green for no reason. */
function refuseUnpassed(name: string): void {
  if ((passedFailpoints as ReadonlySet<string>).has(name)) return;
  throw new UserError("TiKV has this failpoint, but nothing in this version passes it", {
    code: "bad-failpoint",
    where: `failpoint ${name}`,
    hint: "expected one that `coprsim list failpoints` shows without (absent)",
  });
}
