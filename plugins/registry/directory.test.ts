/**
 * File operations on a plugin directory and what a power loss leaves of them. Conversations are in
 * `testdata/directory.txt`: `do` plays an operation given as JSON to its end and shows each change
 * with its time in milliseconds, `list` shows the files, `wait` lets time pass, `powerLoss` shows
 * what is gone. To add a case, add one there and run with REWRITE=1.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Randomness, type Stream } from "../../sim/index.ts";
import { runGolden } from "../../sim/testing/datadriven.ts";
import { hostBuildInfo, type PreparedPlugin } from "../api.ts";
import { inProcessPlugin } from "../host/in-process.ts";
import {
  artefactOf,
  type DirectoryOperation,
  describeOperation,
  durationUs,
} from "./directory-operation.ts";
import { OperationPlay } from "./operation-play.ts";
import { type DirectoryChange, PluginDirectory, wholeArtefact } from "./plugin-directory.ts";

const create = () => () => {
  throw new Error("nobody runs it");
};
const artefacts = new Map(
  ["v1", "v2", "v3"].map((name, at) => {
    const info = { name: "counter", version: `${at + 1}.0.0` };
    return [name, inProcessPlugin({ info, build: hostBuildInfo, create })] as const;
  }),
);
const nameOf = (one: PreparedPlugin | null): string =>
  [...artefacts].find(([, plugin]) => plugin === one)?.[0] ?? "-";

class Bench {
  nowUs = 0;
  readonly changes: string[] = [];
  readonly directory: PluginDirectory;
  #places = 0;

  constructor() {
    this.directory = new PluginDirectory({
      now: () => this.nowUs,
      changed: (change) => this.changes.push(`${this.nowUs / 1_000}: ${shown(change)}`),
      placeOf: () => ++this.#places,
    });
  }

  /** Plays a whole operation; returns what changed. */
  play(operation: DirectoryOperation): string {
    const name = artefactOf(operation);
    const artefact = name === null ? null : (artefacts.get(name) ?? null);
    const play = new OperationPlay(this.directory, operation, artefact);
    for (let delayUs = play.step(); delayUs !== null; delayUs = play.step()) {
      this.nowUs += delayUs;
    }
    return this.told();
  }

  told(): string {
    const told = this.changes.splice(0);
    return told.length === 0 ? "nothing" : told.join("\n");
  }

  list(): string {
    const lines = this.directory.entries().map(({ name, file }) => {
      const whole = wholeArtefact(file) === null ? ` ${file.perMille / 10} %` : "";
      return `${name}: ${nameOf(file.artefact)}${whole}`;
    });
    return lines.length === 0 ? "empty" : lines.join("\n");
  }
}

function shown({ kind, file, to }: DirectoryChange): string {
  return [kind, file, to].filter((word) => word !== "").join(" ");
}

function chance(seed: string): Stream {
  return new Randomness({ seed, keepDraws: false }).stream("loss");
}

test("conversations", () => {
  let bench = new Bench();
  runGolden(new URL("testdata/directory.txt", import.meta.url), (one) => {
    switch (one.command) {
      case "new":
        bench = new Bench();
        for (const word of one.args) {
          const [file = "", artefact = ""] = word.split(":");
          bench.directory.place(file, artefacts.get(artefact) as PreparedPlugin);
        }
        return bench.list();
      case "do": {
        const operation: DirectoryOperation = JSON.parse(one.input.join(""));
        return `$ ${describeOperation(operation)}\n${bench.play(operation)}`;
      }
      case "wait":
        bench.nowUs += one.number("ms") * 1_000;
        return "ok";
      case "list":
        return bench.list();
      case "powerLoss":
        bench.directory.losePower(chance(one.text("seed")));
        return bench.told();
      default:
        throw new Error(`what is ${one.command}?`);
    }
  });
});

test("a copy goes on writing to its file wherever the name goes", () => {
  const bench = new Bench();
  const copy = { kind: "copy", file: "a.so", artefact: "v1", forUs: 90, chunks: 3, perMille: 1000 };
  const play = new OperationPlay(
    bench.directory,
    copy as DirectoryOperation,
    artefacts.get("v1") as PreparedPlugin,
  );
  expect([play.step(), play.step()]).toEqual([30, 30]);
  bench.directory.rename("a.so", "b.so");
  play.step();
  expect(bench.list()).toBe("b.so: v1 66.6 %");
  bench.directory.delete("b.so");
  play.step();
  play.step();
  expect(
    bench
      .told()
      .split("\n")
      .map((line) => line.slice(3)),
  ).toEqual(["created a.so", "written a.so", "renamed a.so b.so", "written b.so", "deleted b.so"]);
});

/** Any operation on two names; a name that is missing is an operation without effect. */
const file = fc.constantFrom("a.so", "b.so");
const artefact = fc.constantFrom("v1", "v2", "v3");
const chunks = fc.integer({ min: 1, max: 4 });
const written = {
  file,
  artefact,
  forUs: fc.integer({ min: 0, max: 4_000_000 }),
  chunks,
  perMille: fc.constantFrom(1_000, 1_000, 400, 0),
};
const anyOperation: fc.Arbitrary<DirectoryOperation> = fc.oneof(
  fc.record({ kind: fc.constant("copy" as const), ...written }),
  fc.record({ kind: fc.constant("overwrite" as const), ...written }),
  fc.record({ kind: fc.constant("moveIn" as const), file, artefact }),
  fc.record({ kind: fc.constant("rename" as const), from: file, to: file }),
  fc.record({ kind: fc.constantFrom("delete", "moveOut", "truncate", "chmod"), file }),
);

test("law: an operation takes its time; what is long written survives a power loss", () => {
  fc.assert(
    fc.property(fc.array(anyOperation, { maxLength: 6 }), fc.string(), (operations, seed) => {
      const bench = new Bench();
      for (const operation of operations) {
        const startUs = bench.nowUs;
        bench.play(operation);
        expect(bench.nowUs - startUs).toBeLessThanOrEqual(durationUs(operation));
      }
      const before = bench.list();
      const young = new Bench();
      for (const operation of operations) young.play(operation);
      young.directory.losePower(chance(seed));
      // Nothing comes out of nowhere: every whole file is one that an operation brought.
      for (const entry of young.directory.entries()) {
        const whole = wholeArtefact(entry.file);
        if (whole !== null) expect(operations.map(artefactOf)).toContain(nameOf(whole));
        expect(entry.file.name).toBe(entry.name);
      }
      bench.nowUs += 5_000_000;
      bench.directory.losePower(chance(seed));
      expect(bench.list()).toBe(before);
    }),
    { numRuns: 200 },
  );
});

test("a power loss can take, cut, empty and leave what was copied lately", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const bench = new Bench();
    bench.play(copyOf("a.so", "v1"));
    bench.directory.losePower(chance(`${seed}`));
    seen.add(bench.list().replace(/[1-9][0-9.]* %/, "part"));
  }
  expect([...seen].sort()).toEqual(["a.so: - 0 %", "a.so: v1", "a.so: v1 part", "empty"]);
});

function copyOf(name: string, from: string): DirectoryOperation {
  return { kind: "copy", file: name, artefact: from, forUs: 1_000, chunks: 2, perMille: 1_000 };
}
