/**
 * The debounced watcher, row by row of tikv-semantics.md 2.2, in `testdata/watcher.txt`. A case is
 * a file system's day: each line has a time in seconds, what happens (`create a`, `write a`, `close
 * a`, `chmod a`, `delete a`, `rename a b`, `in a`, `out a`, `overflow`), and the answer shows what
 * the registry hears and when. `watch x y` names the files that are there at first. To add a case,
 * add one there and run with REWRITE=1.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { assert } from "../../sim/assert.ts";
import { runGolden } from "../../sim/testing/datadriven.ts";
import type { DirectoryChange, DirectoryChangeKind } from "./plugin-directory.ts";
import { type DebouncedEvent, Watcher } from "./watcher.ts";

const delayUs = 3_000_000;

type Line = { readonly atUs: number; readonly change: DirectoryChange };

const kinds: Readonly<Record<string, DirectoryChangeKind>> = {
  create: "created",
  write: "written",
  close: "closed",
  chmod: "modeChanged",
  delete: "deleted",
  rename: "renamed",
  in: "movedIn",
  out: "movedOut",
  overflow: "overflowed",
};

/** Feeds a day to a watcher with an exact timer; returns what it says, with times in seconds. */
function day(present: readonly string[], lines: readonly Line[]): readonly string[] {
  const files = new Set(present);
  const watcher = new Watcher({ delayUs, exists: (file) => files.has(file) });
  const said: string[] = [];
  let nowUs = 0;
  const say = (events: readonly DebouncedEvent[]): void => {
    for (const { kind, file, to } of events) {
      const names = [file, to].filter((name) => name !== "").join(" ");
      said.push(`${nowUs / 1_000_000} ${kind} ${names}`.trimEnd());
    }
  };
  const passUntil = (untilUs: number): void => {
    for (;;) {
      const leftUs = watcher.usUntilDue(nowUs);
      if (leftUs === null || nowUs + leftUs > untilUs) break;
      nowUs += leftUs;
      const events = watcher.due(nowUs);
      assert(events.length > 0, "a timer goes off for something");
      say(events);
    }
    nowUs = untilUs;
  };
  for (const { atUs, change } of lines) {
    // The timer for this very moment has not gone off yet: the watcher must see to it itself.
    passUntil(atUs - 1);
    nowUs = atUs;
    apply(files, change);
    say(watcher.take(nowUs, change));
  }
  passUntil(nowUs + 10 * delayUs);
  expect(watcher.usUntilDue(nowUs)).toBeNull();
  return said;
}

function apply(files: Set<string>, { kind, file, to }: DirectoryChange): void {
  if (kind === "created" || kind === "movedIn") files.add(file);
  if (kind === "deleted" || kind === "movedOut" || kind === "renamed") files.delete(file);
  if (kind === "renamed") files.add(to);
}

test("rows", () => {
  runGolden(new URL("testdata/watcher.txt", import.meta.url), ({ args, input }) => {
    const lines = input.map((line) => {
      const [at = "", verb = "", file = "", to = ""] = line.split(" ");
      const kind = kinds[verb];
      assert(kind !== undefined, "a line's verb is known");
      return { atUs: Number(at) * 1_000_000, change: { kind, file, to } };
    });
    const said = day(args, lines);
    return said.length === 0 ? "nothing" : said.join("\n");
  });
});

test("a watch costs nothing while the directory is quiet", () => {
  const watcher = new Watcher({ delayUs, exists: () => false });
  expect(watcher.usUntilDue(0)).toBeNull();
  expect(watcher.due(0)).toBe(watcher.due(9));
});

test.each([true, false])(
  "what took a file's place and went within the delay: %s",
  (tellsOfBrief) => {
    const watcher = new Watcher({ delayUs, exists: () => false, tellsOfBrief });
    watcher.take(0, { kind: "movedIn", file: "a.so", to: "" });
    watcher.take(1, { kind: "deleted", file: "a.so", to: "" });
    const said = watcher.due(delayUs + 1).map(({ kind, file }) => `${kind} ${file}`);
    expect(said).toEqual(tellsOfBrief ? ["remove a.so"] : []);
  },
);

/** Days on two files, with only what a file system can do. */
const step = fc.record({
  gapUs: fc.constantFrom(0, 1_000_000, 2_999_999, 3_000_000, 5_000_000),
  verb: fc.constantFrom("create", "write", "chmod", "delete", "rename", "in", "out"),
  file: fc.constantFrom("a.so", "b.so"),
});

function possible(steps: readonly { gapUs: number; verb: string; file: string }[]): Line[] {
  const files = new Set<string>();
  let atUs = 1_000_000;
  const lines: Line[] = [];
  for (const { gapUs, verb, file } of steps) {
    atUs += gapUs;
    if (verb === "create" ? files.has(file) : verb !== "in" && !files.has(file)) continue;
    const to = verb === "rename" ? (file === "a.so" ? "b.so" : "a.so") : "";
    const change = { kind: kinds[verb] as DirectoryChangeKind, file, to };
    apply(files, change);
    lines.push({ atUs, change });
  }
  return lines;
}

test("law: whatever happens, a quiet file was spoken of last as what it is", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
      const lines = possible(steps);
      const said = day([], lines);
      const files = new Set<string>();
      for (const { change } of lines) apply(files, change);
      for (const file of ["a.so", "b.so"]) {
        const touched = lines.some(({ change }) => change.file === file || change.to === file);
        const last = said
          .filter((line) => line.endsWith(` ${file}`) && !/notice/.test(line))
          .at(-1);
        // A file that came to stay is spoken of; one that never was there for long need not be.
        if (touched && files.has(file)) expect(last).toMatch(/create|write|chmod|rename/);
      }
    }),
    { numRuns: 500 },
  );
});
