/**
 * The plugin directories of a cluster's machines. They outlive their stores; operators change them
 * over time, also while a store is down. Every change is an event; a store that runs hears of it
 * as inotify would tell it.
 */
import {
  type DirectoryChange,
  type DirectoryOperation,
  OperationPlay,
  PluginDirectory,
  type PreparedPlugin,
  wholeArtefact,
} from "../../plugins/index.ts";
import { assert } from "../../sim/assert.ts";
import { digestText } from "../../sim/bytes.ts";
import type { ProcessId, World } from "../../sim/index.ts";
import { directoryChanges, eventKinds } from "../events.ts";
import { codeDigest } from "./plugin-report.ts";

/** A plugin file that a directory holds from the start. */
export type InitialFile = { readonly file: string; readonly prepared: PreparedPlugin };

/**
 * The order in which a scan finds files: "arbitrary" as `read_dir` gives it, each machine's own;
 * or by the time when each name was first seen, which tests can rely on.
 */
export type DirectoryOrder = "arbitrary" | "asCreated";

export type PluginDirectoriesOptions = {
  readonly world: World;
  readonly processOf: (store: number) => ProcessId;
  /** What is known by an artefact's name. */
  readonly artefact: (name: string) => PreparedPlugin;
  readonly order: DirectoryOrder;
};

/** Told of a change of its directory, outside of any handler. */
export interface DirectoryListener {
  directoryChanged(change: DirectoryChange): void;
}

type Machine = {
  readonly directory: PluginDirectory;
  /** Counts power losses: what ran on the machine before is gone, a `cp` too. */
  powerLosses: number;
  /** What was to be done while the machine had no power. */
  readonly waiting: DirectoryOperation[];
  hasPower: boolean;
  listener: DirectoryListener | null;
};

export class PluginDirectories {
  readonly #options: PluginDirectoriesOptions;
  readonly #machines = new Map<number, Machine>();

  constructor(options: PluginDirectoriesOptions) {
    this.#options = options;
  }

  /** The directory of a store's machine with its first files. */
  add(store: number, files: readonly InitialFile[]): void {
    const { world, order } = this.#options;
    const places = order === "arbitrary" ? world.random.stream(`plugins/${store}/order`) : null;
    let created = 0;
    const directory = new PluginDirectory({
      now: () => world.nowUs,
      changed: (change) => this.#changed(store, change),
      placeOf: () => places?.uint32() ?? created++,
    });
    const machine = { directory, powerLosses: 0, waiting: [], hasPower: true, listener: null };
    this.#machines.set(store, machine);
    for (const { file, prepared } of files) directory.place(file, prepared);
  }

  /** The directory of a store, or null: the feature is off there. */
  of(store: number): PluginDirectory | null {
    return this.#machines.get(store)?.directory ?? null;
  }

  /** The store runs, and wants to hear of changes until its process ends. */
  booted(store: number, listener: DirectoryListener): void {
    const machine = this.#machines.get(store);
    if (machine === undefined) return;
    machine.listener = listener;
    machine.hasPower = true;
    for (const operation of machine.waiting.splice(0)) this.change(store, operation);
  }

  /**
   * Begins an operation now; where the machine has no power, when its store starts again. Nothing
   * where no plugin directory is set: files elsewhere concern nobody.
   */
  change(store: number, operation: DirectoryOperation): void {
    const machine = this.#machines.get(store);
    if (machine === undefined) return;
    if (!machine.hasPower) {
      machine.waiting.push(operation);
      return;
    }
    const { world, artefact } = this.#options;
    const content = "artefact" in operation ? artefact(operation.artefact) : null;
    const play = new OperationPlay(machine.directory, operation, content);
    const { powerLosses } = machine;
    const step = (): void => {
      if (machine.powerLosses !== powerLosses) return;
      const delayUs = play.step();
      if (delayUs !== null) world.at(world.nowUs + delayUs, step);
    };
    world.at(world.nowUs, step);
  }

  /** The machine lost its power. `loses`: what was not written back may be gone. */
  lostPower(store: number, loses: boolean): void {
    const machine = this.#machines.get(store);
    if (machine === undefined) return;
    machine.powerLosses++;
    machine.hasPower = false;
    if (!loses) return machine.directory.sync();
    machine.directory.losePower(this.#options.world.random.stream(`plugins/${store}/powerLoss`));
  }

  #changed(store: number, change: DirectoryChange): void {
    const { world, processOf } = this.#options;
    const process = processOf(store);
    const machine = this.#machines.get(store);
    assert(machine !== undefined, "a directory that changes is known");
    const { kind, file, to } = change;
    const content = wholeArtefact(machine.directory.find(to === "" ? file : to));
    const other = to === "" ? 0 : digestText(to);
    if (world.isUp(process)) machine.listener?.directoryChanged(change);
    const code = content === null ? 0 : codeDigest(content);
    const number = directoryChanges[kind];
    world.emit(eventKinds.directoryChanged, process, digestText(file), number, code, other);
  }
}
