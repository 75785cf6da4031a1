/** What a store's plugin registry does, as events. */
import type {
  DebouncedEvent,
  Generation,
  LoadCause,
  PreparedPlugin,
  Refusal,
  RefusalReason,
  RegistryListener,
  RegistryLog,
} from "../../plugins/index.ts";
import { digestText } from "../../sim/bytes.ts";
import type { Machine } from "../../sim/process.ts";
import { debouncedKinds, eventKinds, loadCauses, loadRefusals, registryLogs } from "../events.ts";

/** The digest by which events name a plugin's code. */
export function codeDigest(prepared: PreparedPlugin): number {
  return digestText(prepared.hash);
}

/** The digest of a name, 0 for none. */
const nameDigest = (name: string): number => (name === "" ? 0 : digestText(name));

const reasons: Readonly<Record<RefusalReason, number>> = {
  "api-version": loadRefusals.apiVersion,
  rustc: loadRefusals.rustc,
  target: loadRefusals.target,
  "plugin-version": loadRefusals.version,
  "not-a-library": loadRefusals.notALibrary,
  reload: loadRefusals.reload,
  constructor: loadRefusals.constructor,
};

export class PluginReport implements RegistryListener {
  readonly #machine: Machine;
  readonly #hung: () => void;

  /** `hung` is called when a constructor never returns. */
  constructor(machine: Machine, hung: () => void) {
    this.#machine = machine;
    this.#hung = hung;
  }

  /** The watcher said something. */
  delivered({ kind, file, to }: DebouncedEvent): void {
    const { watcherDelivered } = eventKinds;
    this.#machine.emit(watcherDelivered, nameDigest(file), debouncedKinds[kind], nameDigest(to), 0);
  }

  refused(file: string, { reason, artefact }: Refusal): void {
    const name = artefact === null ? 0 : digestText(artefact.info.name);
    const content = artefact === null ? 0 : codeDigest(artefact);
    const { pluginRefused } = eventKinds;
    this.#machine.emit(pluginRefused, name, reasons[reason], digestText(file), content);
  }

  loaded(file: string, { number, artefact }: Generation, cause: LoadCause): void {
    const { name, version } = artefact.info;
    const code = codeDigest(artefact);
    const { pluginOpened, pluginLoaded } = eventKinds;
    this.#machine.emit(pluginOpened, digestText(file), number, loadCauses[cause], code);
    this.#machine.emit(pluginLoaded, number, digestText(name), code, digestText(version));
  }

  replaced({ number, name }: Generation, by: Generation): void {
    this.#machine.emit(eventKinds.pluginReplaced, number, by.number, digestText(name), 0);
  }

  withdrawn({ number, name }: Generation, file: string): void {
    const { pluginWithdrawn } = eventKinds;
    this.#machine.emit(pluginWithdrawn, number, digestText(name), digestText(file), 0);
  }

  retired({ number, name }: Generation): void {
    this.#machine.emit(eventKinds.pluginRetired, number, digestText(name), 0, 0);
  }

  unloaded({ number, name }: Generation): void {
    this.#machine.emit(eventKinds.pluginUnloaded, number, digestText(name), 0, 0);
  }

  moved({ number }: Generation, from: string, to: string): void {
    this.#machine.emit(eventKinds.pluginMoved, number, digestText(from), digestText(to), 0);
  }

  logged(file: string, log: RegistryLog, text: string): void {
    const { registryLogged } = eventKinds;
    this.#machine.emit(registryLogged, digestText(file), registryLogs[log], digestText(text), 0);
  }

  died(text: string): never {
    return this.#machine.die("panic", text);
  }

  hung(): void {
    this.#hung();
  }
}
