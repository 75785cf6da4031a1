/** What a judge is: it listens to events, reads the history at the end, and gives a verdict. */
import type { History } from "./history.ts";

/** The properties, by name. A report uses the sentence of the judge. */
export type Property = string;

/** A property that does not hold, as said to a person. */
export type Violation = {
  readonly property: Property;
  /** What happened, in one sentence with the numbers that matter. */
  readonly message: string;
  /** Virtual time at which it was seen. */
  readonly atUs: number;
  /** More lines: the story, the counter-example. */
  readonly details: readonly string[];
};

/** What a judge may know of a run beforehand. */
export type RunFacts = {
  /** Store ids, and the process number of each. */
  readonly stores: readonly { readonly store: number; readonly process: number }[];
  readonly regions: readonly {
    readonly id: number;
    readonly start: string;
    readonly end: string;
    readonly peers: readonly {
      readonly id: number;
      readonly store: number;
      readonly role: "voter" | "learner";
    }[];
  }[];
  /** Where the plan asks for splits. */
  readonly splitKeys: readonly string[];
  /** Plugins by the digest that events carry. */
  readonly plugins: readonly {
    readonly digest: number;
    readonly name: string;
    readonly version: string;
    readonly code: number;
    /** What it was built with that is not the host's: it must not be loaded. */
    readonly mismatches: readonly ("apiVersion" | "rustc" | "target")[];
    /** It promises to touch nothing outside the ranges of its requests. */
    readonly staysInRanges: boolean;
  }[];
  readonly fidelity: "tikv" | "contract";
  /** Every name of a plugin file in the plan, by the digest that events carry. */
  readonly files: readonly { readonly digest: number; readonly name: string }[];
  /** What directories hold from the start: files and codes by their digests. */
  readonly directories: readonly {
    readonly store: number;
    readonly file: number;
    readonly code: number;
  }[];
  /** When the break phase ends and healing begins, and when the run ends. */
  readonly healUs: number;
  readonly endUs: number;
  /** How long an operation may take from its call to its deadline. */
  readonly deadlineUs: number;
  /** True where clocks or disks may lie beyond what the protocol assumes. */
  readonly unrestricted: boolean;
};

/** How a process stopped, as the kernel recorded it. */
export type NodeStop = {
  readonly process: number;
  readonly store: number;
  readonly atUs: number;
  readonly reason: "crash" | "powerLoss" | "panic" | "abort" | "exit";
  readonly text: string;
  /** The plan asked for it, or a fault in the plan (rot, EIO) explains it. */
  readonly planned: boolean;
};

/** What is known at the end. */
export type RunEnd = {
  readonly history: History;
  readonly stops: readonly NodeStop[];
  /** Stores that must be up and repaired at the end (the plan's budget leaves them whole). */
  readonly healthyStores: readonly number[];
};

/** Is told of events, in order, while they happen. Judges never touch the run. */
export interface Watcher {
  /** The kinds that it wants. */
  readonly kinds: readonly number[];
  /** Takes one event. */
  event(
    kind: number,
    process: number,
    a: number,
    b: number,
    c: number,
    d: number,
    nowUs: number,
  ): void;
}

/** One judge over one run. */
export interface Judge extends Watcher {
  readonly property: Property;
  /** The property as a sentence: "at most one leader in a term". */
  readonly sentence: string;
  /** The end of the run. */
  finish(end: RunEnd): void;
  readonly violation: Violation | null;
  /** How often the property was really put to the test: 0 = a green run says nothing. */
  readonly checks: number;
}

/** Makes a judge for a run, or several that share what they keep: these hear events in order. */
export type JudgeFactory = (facts: RunFacts) => Judge | readonly Judge[];
