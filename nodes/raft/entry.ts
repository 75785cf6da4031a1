/** One position of the replicated log, and the membership change that some entries carry. */
import { assert } from "../../sim/assert.ts";

/**
 * What an entry carries. The store's commands implement it; the core only counts its bytes and
 * hands it back. Immutable: one object is shared by leader, messages in flight and followers.
 */
export interface EntryData {
  /** A digest of the content, made once when the command is made. */
  readonly digest: number;
  /** Bytes this data takes in a message and on disk, 0 or more. */
  readonly size: number;
}

/** The kinds of entry. `empty` is a new leader's first entry, or a refused membership change. */
export const entryKinds = { normal: 0, empty: 1, conf1: 2, conf2: 3 } as const;

/** One of `entryKinds`. `conf1` and `conf2` are kvproto's ConfChange and ConfChangeV2. */
export type EntryKind = (typeof entryKinds)[keyof typeof entryKinds];

/** The names of the entry kinds, at their number. */
export const entryKindNames: readonly string[] = Object.keys(entryKinds);

/** One step of a membership change. `update` changes nothing but is agreed on all the same. */
export type ConfChangeStep = {
  readonly type: "add" | "remove" | "add-learner" | "update";
  /** The member's id, positive; 0 makes the step void. */
  readonly node: number;
};

/**
 * A membership change. Without steps it leaves a joint configuration. `auto` goes joint only where
 * more than one step asks for it, and leaves by itself; `implicit` always goes joint and leaves by
 * itself; `explicit` always goes joint and waits for the change that leaves.
 * Source: thesis 4.1 and 4.3; eraftpb ConfChangeV2.
 */
export type ConfChange = {
  readonly transition: "auto" | "implicit" | "explicit";
  readonly steps: readonly ConfChangeStep[];
};

/** Bytes counted for an entry besides its data: term, index and kind. */
export const entryOverheadBytes = 12;

/** An entry. Never changed once made: the same object sits in many logs and messages. */
export class Entry {
  readonly term: number;
  /** Its position, from 1. */
  readonly index: number;
  readonly kind: EntryKind;
  /** The command of a normal entry; what the store attached to a membership change; else null. */
  readonly data: EntryData | null;
  /** The membership change of `conf1` and `conf2` entries, else null. */
  readonly change: ConfChange | null;

  constructor(
    term: number,
    index: number,
    kind: EntryKind,
    data: EntryData | null,
    change: ConfChange | null,
  ) {
    assert(index > 0 && term >= 0, "an entry has a position and a term");
    assert((change !== null) === kind >= entryKinds.conf1, "only conf entries carry a change");
    this.term = term;
    this.index = index;
    this.kind = kind;
    this.data = data;
    this.change = change;
  }
}

/** The bytes that `entry` counts against size limits. */
export function entrySize(entry: Entry): number {
  return entryOverheadBytes + (entry.data === null ? 0 : entry.data.size);
}
