/** Replays a finding of `verify`: the recorded case, judged again on the plugin as it is now. */
import { printable } from "../reports/index.ts";
import { checkById, Seen, type VerifyRepro } from "../scenarios/verify/index.ts";
import { assert } from "../sim/assert.ts";
import { UserError } from "../sim/errors.ts";
import { pinRepro } from "./repro-files.ts";
import type { Screen } from "./screen.ts";
import { subjectOf } from "./verify-subject.ts";
import { loadTarget } from "./verify-target.ts";

/** What became of it. */
export type ReplayedFinding = {
  readonly name: string;
  readonly outcome: "reproduces" | "fixed";
  readonly property: string;
  readonly message: string;
  /** The plugin's present hash. */
  readonly hash: string;
  /** The plugin is the recorded one, byte for byte. */
  readonly sameHash: boolean;
};

/** Judges the recorded case. Throws `UserError`: "stale-repro" if the plugin does not load. */
export async function judgeAgain(file: string, repro: VerifyRepro): Promise<ReplayedFinding> {
  return (await judged(file, repro)).row;
}

async function judged(file: string, repro: VerifyRepro) {
  const loaded = await loadTarget(repro.artefact, repro.contract);
  if (loaded.kind === "unloadable") {
    const message = `the plugin does not load any more: ${loaded.reason}`;
    const hint = "coprsim inspect says more about it";
    throw new UserError(message, { code: "stale-repro", where: file, hint });
  }
  const check = checkById(repro.check);
  assert(check !== null, "a parsed repro has a known check");
  const subject = await subjectOf(loaded, repro);
  if (check.needsContract !== null && loaded.contract === null) {
    const hint = "expected the contract's name in the file";
    throw new UserError("the check needs a contract", { code: "bad-repro", where: file, hint });
  }
  const complaint = check.judge(subject, repro.case, new Seen(null));
  const { hash } = loaded.target;
  const row: ReplayedFinding = {
    name: file,
    outcome: complaint === null ? "fixed" : "reproduces",
    property: repro.check,
    message: complaint?.message ?? repro.message,
    hash,
    sameHash: hash === repro.pluginHash,
  };
  return { row, story: complaint === null ? [] : check.story(subject, repro.case), check };
}

/** Replays a finding and says what became of it. */
export async function replayFinding(
  { file, repro }: { readonly file: string; readonly repro: VerifyRepro },
  { pin }: { readonly pin: boolean },
  { print, say, painter }: Screen,
): Promise<ReplayedFinding> {
  const { artefact, check: id, contract } = repro;
  say(painter.dim(`${file}: verify ${artefact}, ${id}, contract ${contract ?? "none"}`), {
    hang: 2,
  });
  const { row, story, check } = await judged(file, repro);
  if (!row.sameHash) {
    const recorded = repro.pluginHash.slice(0, 12);
    const text = `plugin ${row.hash.slice(0, 12)} is not the recorded ${recorded}`;
    say(painter.warn(`${text}; it was judged all the same`));
  }
  if (row.outcome === "fixed") {
    print(`${painter.good("fixed")}: ${id} "${check.sentence}" holds in the recorded case`);
  } else {
    print(`${painter.bad("reproduces")}: ${id} "${check.sentence}"`);
    say(printable(row.message), { indent: 2, hang: 4 });
    for (const { label, text } of story) print(`  ${label.padEnd(10)}${printable(text)}`);
  }
  if (pin) print(`pinned as ${painter.name(pinRepro(file))}`);
  return row;
}
