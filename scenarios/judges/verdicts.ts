/** What every judge keeps: its first violation, and how often it looked. */
import { assert } from "../../sim/assert.ts";
import type { Judge, Property, RunEnd, Violation } from "../judge.ts";

/** What a judge says of an event or of the end: nothing, or the violation. */
export interface Findings {
  /** One more time the property was really put to the test. */
  check(count?: number): void;
  /** The property does not hold. Only the first counts. */
  convict(message: string, atUs: number, details?: readonly string[]): void;
}

/** The part of a judge that is its own. */
export interface Listener {
  /** The kinds of events that it takes; no others reach it in a run. */
  readonly kinds?: readonly number[];
  event?(
    kind: number,
    process: number,
    a: number,
    b: number,
    c: number,
    d: number,
    nowUs: number,
  ): void;
  finish?(end: RunEnd): void;
}

export type JudgeParts = { readonly property: Property; readonly sentence: string };

/** A judge of a listener, which is made with the place for its findings. */
export function judgeOf(
  { property, sentence }: JudgeParts,
  listen: (findings: Findings) => Listener,
): Judge & Findings {
  return new ListeningJudge(property, sentence, listen);
}

class ListeningJudge implements Judge, Findings {
  readonly property: Property;
  readonly sentence: string;
  readonly kinds: readonly number[];
  /** The listener's own: thousands a run go through here. */
  readonly event: Judge["event"];
  violation: Violation | null = null;
  checks = 0;
  readonly #listener: Listener;

  constructor(property: Property, sentence: string, listen: (findings: Findings) => Listener) {
    this.property = property;
    this.sentence = sentence;
    this.#listener = listen(this);
    const { kinds = [], event } = this.#listener;
    this.kinds = kinds;
    this.event = event === undefined ? ignore : event.bind(this.#listener);
    assert(
      event === undefined || kinds.length > 0,
      "a judge that listens to events names their kinds",
    );
  }

  finish(end: RunEnd): void {
    this.#listener.finish?.(end);
  }

  check(count = 1): void {
    this.checks += count;
  }

  convict(message: string, atUs: number, details: readonly string[] = []): void {
    if (this.checks === 0) this.checks = 1; // What was found was looked at.
    this.violation ??= { property: this.property, message, atUs, details };
  }
}

const ignore = (): void => {};
