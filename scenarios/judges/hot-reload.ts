/**
 * Hot reload: what a store serves is what its policy makes of its directory's history, once the
 * watcher has said everything, and again after a restart; and what it loads is what the file holds.
 */
import { eventKinds, loadRefusals } from "../../nodes/events.ts";
import { kernelEvents } from "../../sim/events.ts";
import type { JudgeFactory, RunEnd, RunFacts } from "../judge.ts";
import { PluginCatalog } from "./coprocessor-catalog.ts";
import { DirectoryReference } from "./directory-reference.ts";
import { type Findings, judgeOf, type Listener } from "./verdicts.ts";

const parts = {
  property: "hot reload",
  sentence: "a store serves what its policy says of its plugin directory, also after a restart",
} as const;

export const hotReloadJudge: JudgeFactory = (facts) =>
  judgeOf(parts, (findings) => new HotReload(facts, findings));

/** What a careful reader of a slow machine's log would allow a load. */
const slackUs = 200_000;

/** A plugin that takes requests: where it came from, and what it is. */
type Live = { readonly file: number; readonly code: number };

type Directory = {
  readonly store: number;
  readonly reference: DirectoryReference;
  /** By generation. */
  readonly live: Map<number, Live>;
  /** The scan as told: codes by files, in its order. */
  readonly listed: Map<number, number>;
  /** The files that plugins were made of. */
  readonly opened: Set<number>;
  isUp: boolean;
};

class HotReload implements Listener {
  readonly kinds: readonly number[] = [
    kernelEvents.boot.kind,
    kernelEvents.crash.kind,
    kernelEvents.powerLoss.kind,
    kernelEvents.death.kind,
    kernelEvents.pause.kind,
    eventKinds.storeReady,
    eventKinds.directoryListed,
    eventKinds.directoryChanged,
    eventKinds.pluginOpened,
    eventKinds.pluginRefused,
    eventKinds.pluginReplaced,
    eventKinds.pluginWithdrawn,
  ];
  readonly #facts: RunFacts;
  readonly #findings: Findings;
  readonly #catalog: PluginCatalog;
  readonly #directories: ReadonlyMap<number, Directory>;

  constructor(facts: RunFacts, findings: Findings) {
    this.#facts = facts;
    this.#findings = findings;
    this.#catalog = new PluginCatalog(facts);
    this.#directories = new Map(
      facts.stores.map(({ store, process }) => [process, this.#directory(store)]),
    );
  }

  #directory(store: number): Directory {
    const { fidelity, directories, files } = this.#facts;
    const libraries = new Set(files.filter(({ name }) => isLibrary(name)).map((one) => one.digest));
    const initial = directories.filter((one) => one.store === store);
    const reference = new DirectoryReference({
      fidelity,
      admittedName: (code) => this.#catalog.admittedName(code),
      isLibrary: (file) => libraries.has(file),
      initial: new Map(initial.map(({ file, code }) => [file, code])),
    });
    const [live, listed, opened] = [new Map(), new Map(), new Set<number>()];
    return { store, reference, live, listed, opened, isUp: false };
  }

  event(
    kind: number,
    process: number,
    a: number,
    b: number,
    c: number,
    d: number,
    nowUs: number,
  ): void {
    const directory = this.#directories.get(process);
    if (directory === undefined) return;
    switch (kind) {
      case kernelEvents.boot.kind:
        directory.isUp = true;
        return directory.reference.booted();
      case kernelEvents.crash.kind:
      case kernelEvents.powerLoss.kind:
      case kernelEvents.death.kind:
        return this.#ended(directory, nowUs);
      case kernelEvents.pause.kind:
        return directory.reference.forget();
      case eventKinds.directoryListed:
        directory.listed.set(a, c);
        return;
      case eventKinds.directoryChanged:
        return directory.reference.changed({ nowUs, file: a, kind: b, content: c, other: d });
      case eventKinds.storeReady:
        return this.#ready(directory, nowUs);
      case eventKinds.pluginOpened:
        return this.#opened(directory, { file: a, generation: b, code: d }, nowUs);
      case eventKinds.pluginRefused:
        return this.#refused(directory, b, c, nowUs);
      case eventKinds.pluginWithdrawn:
        return this.#withdrawn(directory, a, c, nowUs);
      default: // Replaced: it takes no more requests.
        directory.live.delete(a);
    }
  }

  /** A refusal for what the file is, not for what its plugin says: it must be so. */
  #refused(directory: Directory, reason: number, file: number, nowUs: number): void {
    const { store, reference, opened } = directory;
    this.#findings.check();
    const content = reference.contentOf(file) ?? 0;
    const said = `store ${store} refused ${this.#name(file)}`;
    if (reason === loadRefusals.notALibrary && content !== 0) {
      const held = this.#catalog.describeCode(content);
      this.#findings.convict(`${said} as broken, which holds ${held}`, nowUs);
    } else if (reason === loadRefusals.reload) {
      if (this.#facts.fidelity === "tikv" && opened.has(file)) return;
      this.#findings.convict(`${said} as loaded before, which it need not do`, nowUs);
    }
  }

  /** Only what is no longer in the directory may stop to serve without another in its place. */
  #withdrawn({ store, reference, live }: Directory, at: number, file: number, nowUs: number): void {
    this.#findings.check();
    live.delete(at);
    if (this.#facts.fidelity === "tikv") {
      this.#findings.convict(`store ${store} withdrew load ${at}, nothing is ever unloaded`, nowUs);
    } else if (reference.contentOf(file) !== undefined) {
      const why = `${this.#name(file)} is there`;
      this.#findings.convict(`store ${store} withdrew load ${at} while ${why}`, nowUs);
    }
  }

  finish(_end: RunEnd): void {
    for (const directory of this.#directories.values()) {
      if (directory.isUp) this.#compare(directory, this.#facts.endUs, "at the end", slackUs);
    }
  }

  #ended(directory: Directory, nowUs: number): void {
    if (directory.isUp) this.#compare(directory, nowUs, "when it stopped", slackUs);
    directory.isUp = false;
    directory.live.clear();
    directory.opened.clear();
    directory.listed.clear();
    directory.reference.ended();
  }

  /** A plugin was made of a file: of what it holds, and of all of it. */
  #opened(
    { store, reference, live, opened }: Directory,
    { file, generation, code }: Live & { readonly generation: number },
    nowUs: number,
  ): void {
    this.#findings.check();
    live.set(generation, { file, code });
    opened.add(file);
    const content = reference.contentOf(file);
    if (content === code) return;
    const held =
      content === undefined
        ? "which does not exist"
        : content === 0
          ? "which is not whole"
          : `which holds ${this.#catalog.describeCode(content)}`;
    const what = `${this.#catalog.describeCode(code)} from ${this.#name(file)}`;
    this.#findings.convict(`store ${store} loaded ${what}, ${held}`, nowUs);
  }

  /** The scan saw every file as it is, and what is loaded is what they make together. */
  #ready(directory: Directory, nowUs: number): void {
    const { store, reference, listed } = directory;
    this.#findings.check();
    for (const [file, content] of reference.files) {
      if (listed.get(file) === content) continue;
      const found = listed.has(file) ? "as something else" : "not at all";
      this.#findings.convict(
        `store ${store} found ${this.#name(file)} ${found} at its start`,
        nowUs,
      );
    }
    for (const file of listed.keys()) {
      if (reference.contentOf(file) !== undefined) continue;
      this.#findings.convict(`store ${store} found ${this.#name(file)}, which is not there`, nowUs);
    }
    reference.scanned([...listed.keys()], nowUs);
    listed.clear();
    this.#compare(directory, nowUs, "after its start", 0);
  }

  #compare({ store, reference, live }: Directory, nowUs: number, when: string, lag: number): void {
    const expected = reference.expected(nowUs, lag);
    if (expected === null) return;
    this.#findings.check();
    const found = [...live.values()].map(({ code }) => code).sort((a, b) => a - b);
    if (found.length === expected.length && found.every((code, at) => code === expected[at])) {
      return;
    }
    const files = [...reference.files].map(
      ([file, code]) => `${this.#name(file)}: ${code === 0 ? "broken" : this.#text([code])}`,
    );
    this.#findings.convict(
      `store ${store} ${when} serves ${this.#text(found)}, ` +
        `its directory's history makes that ${this.#text(expected)}`,
      nowUs,
      [`fidelity ${this.#facts.fidelity}`, ...files],
    );
  }

  #text(codes: readonly number[]): string {
    if (codes.length === 0) return "nothing";
    return codes.map((code) => this.#catalog.describeCode(code)).join(", ");
  }

  #name(file: number): string {
    return this.#facts.files.find(({ digest }) => digest === file)?.name ?? `file ${file}`;
  }
}

/** Names that a host looks at: Linux's libraries, and what the test bed hosts in their place. */
const isLibrary = (name: string): boolean => /^.+\.(so|wasm|js|mjs|ts)$/s.test(name);
