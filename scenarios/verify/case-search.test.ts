/**
 * Checks by turns: what is found does not depend on how time is shared, and a late check's failure
 * does not wait for the checks before it. To add a case: a plugin, and how fast the clock runs.
 */
import { expect, test } from "vitest";
import { checkById } from "./catalogue.ts";
import { Subject } from "./check.ts";
import { confirmingEnvironment } from "./testing/verified.ts";
import { type ToyBug, toyContract, toyPlugin } from "./twins/toy-plugins.ts";
import { runChecks } from "./verification.ts";

/** Runs checks with a clock that goes on by so much whenever it is read. */
async function runWith(
  bug: ToyBug,
  { stepMs, timeMs = null }: { readonly stepMs: number; readonly timeMs?: number | null },
) {
  let nowMs = 0;
  const plugin = toyPlugin(bug);
  const environment = await confirmingEnvironment();
  const done: number[] = [];
  const reports = await runChecks({
    subject: new Subject({ plugin, contract: toyContract(), environment, fidelity: "tikv" }),
    checks: ["C1", "C5", "C9", "C6"].flatMap((id) => checkById(id) ?? []),
    seeds: 12,
    seed: 1,
    timeMs,
    clockMs: () => {
      nowMs += stepMs;
      return nowMs;
    },
    turn: () => Promise.resolve(),
    stops: () => false,
    progress: (count) => done.push(count),
  });
  return { reports, done };
}

test.each(["none", "swallows", "remembers"] as const)("%s: turns change nothing", async (bug) => {
  const [whole, turns] = [await runWith(bug, { stepMs: 0 }), await runWith(bug, { stepMs: 7 })];
  const facts = ({ reports }: typeof whole) =>
    reports.map(({ id, outcome, cases, finding }) => [id, outcome, cases, finding?.complaint]);
  expect(facts(turns)).toEqual(facts(whole));
  expect(turns.done.length).toBeGreaterThan(whole.done.length);
  expect(turns.done.at(-1)).toBe(4);
});

test("a failure of the last check is found before the first ones are through", async () => {
  const { reports } = await runWith("swallows", { stepMs: 7 });
  const found = reports.find(({ id }) => id === "C6")?.foundMs ?? Number.POSITIVE_INFINITY;
  expect(found).toBeLessThan(4 * 150 + 100);
  const work = reports.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
  expect(work).toBeGreaterThan(3 * found);
});

test("what time cuts short says so, and no check starves", async () => {
  const { reports } = await runWith("none", { stepMs: 7, timeMs: 800 });
  for (const { cases } of reports) expect(cases).toBeGreaterThan(0);
  const cut = reports.filter(({ notes }) => notes.some((note) => note.startsWith("cut short")));
  expect(cut.length).toBeGreaterThan(0);
});
