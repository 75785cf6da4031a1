/**
 * The debounced watcher of a plugin directory: notify 4 with a delay, as a pure state machine. Raw
 * file events go in; debounced ones come out when a file has been quiet for the delay. What notify
 * does with the halves of a rename is followed, except where it mixes up timers or panics
 * (nodes/FIDELITY.md). Source: notify 4.0.16 src/{inotify.rs,debounce}; tikv-semantics.md 2.2.
 */
import { unreachable } from "../../sim/assert.ts";
import type { DirectoryChange } from "./plugin-directory.ts";

/** What the registry hears. Paths are bare file names; `to` is "" unless the kind is `rename`. */
export type DebouncedEvent = {
  readonly kind:
    | "noticeWrite"
    | "noticeRemove"
    | "create"
    | "write"
    | "chmod"
    | "remove"
    | "rename"
    | "rescan";
  readonly file: string;
  readonly to: string;
};

/** What will be said of a file, unless something else happens to it first. */
type Operation = "create" | "write" | "chmod" | "remove" | "rename";

type Pending = {
  operation: Operation;
  /** The file's first name if it was renamed, else "". */
  from: string;
  dueUs: number;
};

export type WatcherOptions = {
  /** How long a file must be quiet, microseconds. TiKV: 3 s. */
  readonly delayUs: number;
  /** Whether a file of this name is there now. */
  readonly exists: (file: string) => boolean;
  /**
   * Tells also of what came and went within the delay: it may have taken the place of a file that
   * is loaded. notify does not.
   */
  readonly tellsOfBrief?: boolean;
};

/** One watch on one directory. Time never goes back from call to call. */
export class Watcher {
  readonly #options: WatcherOptions;
  /** By file, in the order of their last events: the first is due first. */
  readonly #pending = new Map<string, Pending>();
  /** The file of the last event, if that was the first half of a rename; else "". */
  #half = "";

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  get #tellsOfBrief(): boolean {
    return this.#options.tellsOfBrief === true;
  }

  /** Whether something will still be said of a file. */
  isPending(file: string): boolean {
    return this.#pending.has(file);
  }

  /** The time until `due` has something to say, or null. */
  usUntilDue(nowUs: number): number | null {
    for (const { dueUs } of this.#pending.values()) return Math.max(0, dueUs - nowUs);
    return null;
  }

  /** What is due by now, in order. A file whose last event is exactly the delay ago is quiet. */
  due(nowUs: number): readonly DebouncedEvent[] {
    if (this.#pending.size === 0) return nothing;
    const events: DebouncedEvent[] = [];
    for (const [file, pending] of this.#pending) {
      if (pending.dueUs > nowUs) break;
      this.#pending.delete(file);
      if (this.#half === file) this.#half = "";
      this.#fire(file, pending, events);
    }
    return events;
  }

  /** Takes a raw event. Returns what is said at once, after what was due by now. */
  take(nowUs: number, { kind, file, to }: DirectoryChange): readonly DebouncedEvent[] {
    const events = [...this.due(nowUs)];
    const change: Change = { nowUs, file, events };
    switch (kind) {
      case "created":
      case "movedIn":
        this.#settleHalf(change);
        this.#created(change);
        break;
      case "written":
        this.#settleHalf(change);
        this.#written(change);
        break;
      case "modeChanged":
        this.#settleHalf(change);
        this.#modeChanged(change);
        break;
      case "deleted":
        this.#settleHalf(change);
        this.#deleted(change);
        break;
      case "movedOut":
        this.#settleHalf(change);
        this.#movedFrom(change);
        this.#half = file;
        break;
      case "renamed":
        this.#settleHalf(change);
        this.#movedFrom(change);
        this.#movedTo(change, to);
        break;
      case "overflowed":
        events.push({ kind: "rescan", file: "", to: "" });
        break;
      case "closed": // The debouncer has no use for it.
      case "lost": // While nobody watches.
      case "damaged":
        break;
      default:
        return unreachable(kind);
    }
    return events;
  }

  #fire(file: string, { operation, from }: Pending, events: DebouncedEvent[]): void {
    if (from !== "") events.push({ kind: "rename", file: from, to: file });
    if (operation !== "rename") events.push({ kind: operation, file, to: "" });
    else if (from === "") {
      // Half a rename: the other half was in another directory.
      const kind = this.#options.exists(file) ? "create" : "remove";
      events.push({ kind, file, to: "" });
    }
  }

  /** A half of a rename was followed by something that is not its other half. */
  #settleHalf({ nowUs, events }: Change): void {
    const file = this.#half;
    if (file === "") return;
    this.#half = "";
    const pending = this.#pending.get(file);
    if (pending === undefined) return;
    const { operation, from } = pending;
    if (this.#options.exists(file)) {
      // It came back from elsewhere; what follows finds a file that is new, or new again.
      const isNew = operation === "rename" && from === "";
      this.#put(file, isNew ? "create" : "write", nowUs, from);
    } else if (operation === "create" && !this.#tellsOfBrief) this.#pending.delete(file);
    else {
      if (operation !== "rename") events.push({ kind: "noticeRemove", file, to: "" });
      this.#put(file, "remove", nowUs, from);
    }
  }

  #created({ nowUs, file }: Change): void {
    const pending = this.#pending.get(file);
    if (pending === undefined) this.#put(file, "create", nowUs, "");
    else if (pending.operation === "remove") this.#put(file, "write", nowUs, pending.from);
    // Anything else is a repetition, which does not even restart the time.
  }

  #written({ nowUs, file, events }: Change): void {
    const pending = this.#pending.get(file);
    const operation = pending?.operation ?? "rename";
    if (operation === "create" || operation === "write") return this.#again(file, nowUs);
    events.push({ kind: "noticeWrite", file, to: "" });
    this.#put(file, "write", nowUs, pending?.from ?? "");
  }

  #modeChanged({ nowUs, file }: Change): void {
    const pending = this.#pending.get(file);
    const isMore = pending !== undefined && pending.operation !== "rename";
    if (isMore) return this.#again(file, nowUs);
    this.#put(file, "chmod", nowUs, pending?.from ?? "");
  }

  #deleted({ nowUs, file, events }: Change): void {
    const pending = this.#pending.get(file);
    const operation = pending?.operation;
    if (operation === "remove") return;
    if (operation === "create" && !this.#tellsOfBrief) {
      this.#pending.delete(file);
      return;
    }
    if (operation !== "rename") events.push({ kind: "noticeRemove", file, to: "" });
    this.#put(file, "remove", nowUs, pending?.from ?? "");
  }

  #movedFrom({ nowUs, file, events }: Change): void {
    const pending = this.#pending.get(file);
    const operation = pending?.operation ?? "rename";
    const isNoticed = pending === undefined || operation === "write" || operation === "chmod";
    if (isNoticed) events.push({ kind: "noticeRemove", file, to: "" });
    this.#put(file, operation, nowUs, pending?.from ?? "");
  }

  /** What was to be said of the old name is said of the new one. */
  #movedTo({ nowUs, file }: Change, to: string): void {
    const moved = this.#pending.get(file);
    if (moved === undefined) return;
    this.#pending.delete(file);
    const from = moved.operation === "create" ? "" : moved.from === "" ? file : moved.from;
    this.#put(to, moved.operation, nowUs, from);
  }

  #again(file: string, nowUs: number): void {
    const pending = this.#pending.get(file);
    if (pending !== undefined) this.#put(file, pending.operation, nowUs, pending.from);
  }

  /** Behind all others: its time begins now. */
  #put(file: string, operation: Operation, nowUs: number, from: string): void {
    this.#pending.delete(file);
    this.#pending.set(file, { operation, from, dueUs: nowUs + this.#options.delayUs });
  }
}

/** A raw event on its way, with what is said because of it. */
type Change = {
  readonly nowUs: number;
  readonly file: string;
  readonly events: DebouncedEvent[];
};

const nothing: readonly DebouncedEvent[] = [];
