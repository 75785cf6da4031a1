/**
 * The plugins of one store's incarnation: its directory, the watch on it, and the registry that the
 * watch feeds. While the directory is quiet, no timer runs.
 * Source: TiKV src/coprocessor_v2/plugin_registry.rs (`start_hot_reloading`).
 */
import {
  ContractRegistry,
  type DebouncedEvent,
  type DirectoryChange,
  type PluginDirectory,
  type PluginLimits,
  type PluginRegistry,
  TikvRegistry,
  Watcher,
  wholeArtefact,
} from "../../plugins/index.ts";
import { digestText } from "../../sim/bytes.ts";
import type { Machine } from "../../sim/process.ts";
import { eventKinds } from "../events.ts";
import type { Fidelity } from "./fidelity.ts";
import { codeDigest, PluginReport } from "./plugin-report.ts";

export type PluginHostOptions = {
  readonly machine: Machine;
  readonly directory: PluginDirectory;
  /** `coprocessor-plugin-directory`: relative or not. */
  readonly path: string;
  readonly fidelity: Fidelity;
  readonly limits: PluginLimits;
  /** The watcher's delay. */
  readonly delayUs: number;
  /** The kind of timer by which `wake` is called. */
  readonly timer: number;
};

export class PluginHost {
  readonly registry: PluginRegistry;
  readonly #options: PluginHostOptions;
  readonly #report: PluginReport;
  readonly #watcher: Watcher;
  /** File events that nobody has read yet. */
  #unread: DirectoryChange[] = [];
  /** When the one timer that counts is due, monotonic; Infinity: none is. */
  #dueUs = Number.POSITIVE_INFINITY;
  #isHung = false;

  constructor(options: PluginHostOptions) {
    const { machine, directory, path, fidelity, limits, delayUs } = options;
    this.#options = options;
    this.#report = new PluginReport(machine, () => {
      this.#isHung = true;
    });
    const exists = (file: string): boolean => directory.find(file) !== undefined;
    // A careful host has to see that a file went, however short a time another one took its place.
    this.#watcher = new Watcher({ delayUs, exists, tellsOfBrief: fidelity === "contract" });
    const listener = this.#report;
    this.registry =
      fidelity === "tikv"
        ? new TikvRegistry({ path, find: (file) => directory.find(file), limits, listener })
        : new ContractRegistry({
            entries: () => directory.entries(),
            isPending: (file) => this.#watcher.isPending(file),
            limits,
            listener,
          });
  }

  /** A constructor has the registry's lock and never returns: who asks for a plugin waits. */
  get isHung(): boolean {
    return this.#isHung;
  }

  /** The scan at the start. The watch began before it. */
  scan(): void {
    const { machine, directory } = this.#options;
    const entries = directory.entries();
    entries.forEach(({ name, file }, at) => {
      const artefact = wholeArtefact(file);
      const code = artefact === null ? 0 : codeDigest(artefact);
      machine.emit(eventKinds.directoryListed, digestText(name), at, code, entries.length);
    });
    this.registry.scan(entries);
  }

  /** A file event, from outside of any handler: it is read as soon as the process runs. */
  changed(change: DirectoryChange): void {
    // A queue that overflows loses what is in it.
    if (change.kind === "overflowed") this.#unread = [];
    this.#unread.push(change);
    if (this.#unread.length === 1) this.#options.machine.arm(0, this.#options.timer, 0);
  }

  /** There may be file events to read (`number` 0), or something may be due (1). */
  wake(number: number): void {
    const nowUs = this.#options.machine.monotonicUs();
    if (number === 1) this.#dueUs = Number.POSITIVE_INFINITY;
    const unread = this.#unread;
    if (unread.length > 0) {
      this.#unread = [];
      for (const change of unread) this.#hear(this.#watcher.take(nowUs, change));
    }
    this.#hear(this.#watcher.due(nowUs));
    this.#arm(nowUs);
  }

  #hear(events: readonly DebouncedEvent[]): void {
    for (const event of events) {
      this.#report.delivered(event);
      this.registry.react(event);
    }
  }

  #arm(nowUs: number): void {
    const leftUs = this.#watcher.usUntilDue(nowUs);
    if (leftUs === null || nowUs + leftUs >= this.#dueUs) return;
    this.#dueUs = nowUs + leftUs;
    this.#options.machine.arm(leftUs, this.#options.timer, 1);
  }
}
