/**
 * The two registries behind a real watcher and directory, in `testdata/registry.txt`: `tikv f:v1..`
 * or `contract f:v1..` starts a node whose directory has these files; each line has a time in
 * seconds and an operation (`cp FILE ARTEFACT [ms [chunks [perMille]]]`, `over` alike, `mv`, `in`,
 * `out`, `rm`, `truncate`, `chmod`, `overflow`), a request (`begin NAME`, `end N` for the n-th), a
 * question (`serving NAME`) or `restart`. The answer shows what the registry did and when.
 * Artefacts: v1, v2, v3 of `counter`, `w1` of `writer`, `again` (v1's version, other code), `old`
 * (another rustc), `odd` (no version), `panics` and `hangs` (constructors). To add a case, add one
 * there and run with REWRITE=1.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { assert } from "../../sim/assert.ts";
import { runGolden } from "../../sim/testing/datadriven.ts";
import { defaultPluginLimits, hostBuildInfo, type PreparedPlugin } from "../api.ts";
import { inProcessPlugin } from "../host/in-process.ts";
import { displayVersion } from "../version/index.ts";
import { ContractRegistry } from "./contract-registry.ts";
import { artefactOf, type DirectoryOperation } from "./directory-operation.ts";
import type { Generation } from "./generation.ts";
import { isLibraryName } from "./library.ts";
import { OperationPlay } from "./operation-play.ts";
import { type DirectoryChange, PluginDirectory, wholeArtefact } from "./plugin-directory.ts";
import type { PluginRegistry, RegistryListener } from "./registry.ts";
import { TikvRegistry } from "./tikv-registry.ts";
import { type DebouncedEvent, Watcher } from "./watcher.ts";

const idle = () => () => {
  throw new Error("nobody runs it");
};
const plugin = (name: string, version: string): PreparedPlugin =>
  inProcessPlugin({ info: { name, version }, build: hostBuildInfo, create: idle });
const old = { ...hostBuildInfo, rustc: "rustc 1.40.0" };
const artefacts: Readonly<Record<string, PreparedPlugin>> = {
  v1: plugin("counter", "1.0.0"),
  v2: plugin("counter", "2.0.0"),
  v3: plugin("counter", "3.0.0"),
  again: plugin("counter", "1.0.0"),
  w1: plugin("writer", "1.0.0"),
  odd: plugin("counter", "1"),
  old: { ...plugin("counter", "4.0.0"), build: old },
  panics: {
    ...plugin("counter", "5.0.0"),
    instantiate: () => ({ kind: "panic", text: "no" }) as const,
  },
  hangs: {
    ...plugin("counter", "6.0.0"),
    instantiate: () => ({ kind: "trap", reason: "fuel", text: "out of fuel" }) as const,
  },
};
const nameOf = (one: PreparedPlugin | null): string =>
  Object.entries(artefacts).find(([, artefact]) => artefact === one)?.[0] ?? "-";

/** The process is over. */
class Died extends Error {}

class Node {
  nowUs = 0;
  readonly said: string[] = [];
  readonly #policy: string;
  readonly #path: string;
  readonly #directory: PluginDirectory;
  readonly #begun: Generation[] = [];
  readonly #files = new Map<Generation, string>();
  #watcher: Watcher;
  #registry: PluginRegistry;
  #isUp = true;
  #places = 0;

  constructor(policy: string, path: string, files: readonly string[]) {
    this.#policy = policy;
    this.#path = path;
    this.#directory = new PluginDirectory({
      now: () => this.nowUs,
      changed: (change) => this.#changed(change),
      placeOf: () => this.#places++,
    });
    for (const one of files) {
      const [file = "", artefact = ""] = one.split(":");
      this.#directory.place(file, artefacts[artefact] as PreparedPlugin);
    }
    this.#watcher = this.#watch();
    this.#registry = this.#registryOf();
    this.#survive(() => this.#registry.scan(this.#directory.entries()));
  }

  /** Lets time pass, with what the watcher has to say meanwhile. */
  passUntil(untilUs: number): void {
    for (;;) {
      const leftUs = this.#isUp ? this.#watcher.usUntilDue(this.nowUs) : null;
      if (leftUs === null || this.nowUs + leftUs > untilUs) break;
      this.nowUs += leftUs;
      this.#hear(this.#watcher.due(this.nowUs));
    }
    this.nowUs = Math.max(this.nowUs, untilUs);
  }

  /** Plays an operation to its end. */
  change(operation: DirectoryOperation): void {
    const name = artefactOf(operation);
    const artefact = name === null ? null : (artefacts[name] ?? null);
    const play = new OperationPlay(this.#directory, operation, artefact);
    for (let delayUs = play.step(); delayUs !== null; delayUs = play.step()) {
      this.passUntil(this.nowUs + delayUs);
    }
  }

  begin(name: string): void {
    const [generation] = this.#registry.serving(name);
    assert(generation !== undefined, "somebody serves");
    this.#registry.begin(generation);
    this.#begun.push(generation);
    this.#say(`request ${this.#begun.length} on ${generation.number}`);
  }

  end(request: number): void {
    const generation = this.#begun[request - 1];
    assert(generation !== undefined, "the request began");
    this.#registry.end(generation);
  }

  serving(name: string): void {
    const found = this.#registry.serving(name).map(numberOf);
    this.#say(`${name}: ${found.length === 0 ? "nobody" : found.join(", ")}`);
  }

  /** The artefacts that serve, by the files that they were loaded from. */
  loadedFrom(): ReadonlyMap<string, PreparedPlugin> {
    const serving = [...this.#registry.serving("counter"), ...this.#registry.serving("writer")];
    return new Map(serving.map((one) => [this.#files.get(one) ?? "", one.artefact]));
  }

  /** What a host would make of a file. */
  contentOf(name: string): "missing" | "broken" | "good" {
    const file = this.#directory.find(name);
    if (file === undefined) return "missing";
    const artefact = nameOf(wholeArtefact(file));
    return ["-", "old", "panics"].includes(artefact) ? "broken" : "good";
  }

  restart(): void {
    this.#isUp = true;
    this.#watcher = this.#watch();
    this.#registry = this.#registryOf();
    this.#say("restart");
    this.#survive(() => this.#registry.scan(this.#directory.entries()));
  }

  #watch(): Watcher {
    const exists = (file: string): boolean => this.#directory.find(file) !== undefined;
    const tellsOfBrief = this.#policy === "contract";
    return new Watcher({ delayUs: 3_000_000, exists, tellsOfBrief });
  }

  #registryOf(): PluginRegistry {
    const directory = this.#directory;
    const common = { limits: defaultPluginLimits, listener: this.#listener() };
    if (this.#policy === "tikv") {
      return new TikvRegistry({
        ...common,
        path: this.#path,
        find: (file) => directory.find(file),
      });
    }
    return new ContractRegistry({
      ...common,
      entries: () => directory.entries(),
      isPending: (file) => this.#watcher.isPending(file),
    });
  }

  #changed(change: DirectoryChange): void {
    if (this.#isUp) this.#hear(this.#watcher.take(this.nowUs, change));
  }

  #hear(events: readonly DebouncedEvent[]): void {
    for (const event of events) this.#survive(() => this.#registry.react(event));
  }

  #survive(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      this.#isUp = false;
      this.#say(`died: ${error.message}`);
    }
  }

  #say(text: string): void {
    this.said.push(`${this.nowUs / 1_000_000} ${text}`);
  }

  #listener(): RegistryListener {
    return {
      refused: (file, { reason, artefact }) =>
        this.#say(`refused ${file} (${nameOf(artefact)}): ${reason}`),
      loaded: (file, generation, cause) => {
        this.#files.set(generation, file);
        this.#say(`loaded ${file} as ${numberOf(generation)}, ${cause}`);
      },
      replaced: (one, by) => this.#say(`${one.number} replaced by ${by.number}`),
      withdrawn: (one, file) => this.#say(`${one.number} withdrawn, ${file} is gone`),
      retired: ({ number }) => this.#say(`${number} retired`),
      unloaded: ({ number }) => this.#say(`${number} unloaded`),
      moved: (generation, from, to) => {
        this.#files.set(generation, to);
        this.#say(`${generation.number} moved from ${from} to ${to}`);
      },
      logged: (file, log, text) => this.#say(`log ${file} ${log}: ${text}`),
      died: (text) => {
        throw new Died(text);
      },
      hung: (text) => this.#say(`hangs: ${text}`),
    };
  }
}

function numberOf({ number, artefact, version }: Generation): string {
  return `${number} (${nameOf(artefact)}, ${displayVersion(version)})`;
}

function operationOf([verb = "", ...words]: readonly string[]): DirectoryOperation {
  const [file = "", second = "", ms = "0", chunks = "1", perMille = "1000"] = words;
  const bytes = { forUs: Number(ms) * 1_000, chunks: Number(chunks), perMille: Number(perMille) };
  const copied = { file, artefact: second, ...bytes };
  switch (verb) {
    case "cp":
      return { kind: "copy", ...copied };
    case "over":
      return { kind: "overwrite", ...copied };
    case "mv":
      return { kind: "rename", from: file, to: second };
    case "in":
      return { kind: "moveIn", file, artefact: second };
    case "out":
      return { kind: "moveOut", file };
    case "rm":
      return { kind: "delete", file };
    case "truncate":
      return { kind: "truncate", file };
    case "chmod":
      return { kind: "chmod", file };
    case "overflow":
      return { kind: "overflow" };
    default:
      throw new Error(`what is ${verb}?`);
  }
}

test("conversations", () => {
  runGolden(new URL("testdata/registry.txt", import.meta.url), (one) => {
    const path = one.has("path") ? one.text("path") : "/plugins";
    const node = new Node(one.command, path, one.args);
    for (const line of one.input) {
      const [at = "", ...words] = line.split(" ");
      const [verb, what = ""] = words;
      node.passUntil(Number(at) * 1_000_000);
      if (verb === "begin") node.begin(what);
      else if (verb === "end") node.end(Number(what));
      else if (verb === "serving") node.serving(what);
      else if (verb === "restart") node.restart();
      else node.change(operationOf(words));
    }
    node.passUntil(node.nowUs + 10_000_000);
    return node.said.length === 0 ? "nothing" : node.said.join("\n");
  });
});

/** A file operation in the words of a conversation, some time after the one before it. */
const step = fc.record({
  waitUs: fc.constantFrom(0, 1_000_000, 2_000_000, 3_500_000),
  words: fc.oneof(
    fc.tuple(chosen("cp", "over"), anyFile(), anyArtefact(), chosen("0", "2000", "5000")),
    fc.tuple(fc.constant("in"), anyFile(), anyArtefact()),
    fc.tuple(fc.constant("mv"), anyFile(), anyFile()),
    fc.tuple(chosen("rm", "out", "chmod", "truncate"), anyFile()),
    fc.constant(["overflow"]),
  ),
});

test("law: what serves in contract is a function of the files, as after a restart", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const node = new Node("contract", "/plugins", ["liba.so:v1", "libb.so:w1"]);
      for (const { waitUs, words } of steps) {
        node.passUntil(node.nowUs + waitUs);
        node.change(operationOf(words));
      }
      node.passUntil(node.nowUs + 10_000_000);
      const kept = node.loadedFrom();
      node.restart();
      const fresh = node.loadedFrom();
      for (const [file, artefact] of fresh) expect(kept.get(file)).toBe(artefact);
      // Only what broken content would have replaced goes with a restart.
      for (const file of kept.keys()) {
        if (!fresh.has(file)) expect(node.contentOf(file)).toBe("broken");
      }
    }),
    { numRuns: 300 },
  );
});

function anyFile(): fc.Arbitrary<string> {
  return chosen("liba.so", "libb.so", "x.so.tmp");
}

function anyArtefact(): fc.Arbitrary<string> {
  return chosen("v1", "v2", "w1", "old", "panics");
}

function chosen(...words: readonly string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...words);
}

test.each([
  ["liba.so", true],
  ["a.b.so", true],
  ["a.wasm", true],
  ["a.ts", true],
  ["a.so.1", false],
  ["a.so.tmp", false],
  ["a.SO", false],
  ["a.dylib", false],
  ["so", false],
  [".so", false],
  ["", false],
])("'%s' is looked at: %s", (file, expected) => {
  expect(isLibraryName(file)).toBe(expected);
});
