/** What the Raft log engine holds of each region, and the records that change it. */
import { assert } from "../../sim/assert.ts";
import type { RegionId } from "../ids.ts";
import type { ByteReader, ByteWriter } from "./byte-writer.ts";

/** What the engine needs to know of an entry; all else is the codec's. */
export type LogEntry = { readonly index: number; readonly term: number };

/** Turns entries into bytes and back. */
export interface EntryCodec<E extends LogEntry> {
  /** Writes all of an entry but index and term. */
  encode(entry: E, writer: ByteWriter): void;
  /** Makes an entry of index and term and the next `length` bytes. */
  decode(fields: LogEntry, reader: ByteReader, length: number): E;
}

/** What must survive of a Raft peer besides its log. `vote` 0 is none. */
export type HardState = { readonly term: number; readonly vote: number; readonly commit: number };

/**
 * The kinds of record in a frame of the Raft log. The numbers are on disk. `base` begins the first
 * frame of a segment; `region` is a region's whole state there but for its entries.
 */
export const records = {
  append: 1,
  hardState: 2,
  compact: 3,
  reset: 4,
  destroy: 5,
  base: 6,
  region: 7,
} as const;

/** One region's log: the entries after `truncatedIndex`, without gaps. */
export class RegionLog<E extends LogEntry> {
  // The hard state, copied: it changes with almost every write, which then needs no object for it.
  #term = 0;
  #vote = 0;
  #commit = 0;
  /** The last index that is no longer in the log, and its term. */
  truncatedIndex = 0;
  truncatedTerm = 0;
  readonly entries: E[] = [];

  get hardState(): HardState {
    return { term: this.#term, vote: this.#vote, commit: this.#commit };
  }

  /** Takes the place of the hard state. */
  setHardState({ term, vote, commit }: HardState): void {
    assert(term >= this.#term, "a term never goes back");
    assert(commit >= this.#commit, "a commit index never goes back");
    this.#term = term;
    this.#vote = vote;
    this.#commit = commit;
  }

  /** The last entry's index, or the truncated one. */
  get lastIndex(): number {
    return this.truncatedIndex + this.entries.length;
  }

  /** The term of an entry or of the truncated index; null when the log does not have it. */
  termOf(index: number): number | null {
    if (index === this.truncatedIndex) return this.truncatedTerm;
    return this.entries[index - this.truncatedIndex - 1]?.term ?? null;
  }
}

/** The live state of the log engine: all regions of a store. */
export class LogState<E extends LogEntry> {
  readonly #regions = new Map<RegionId, RegionLog<E>>();

  /** A region's log, or undefined when nothing was ever written of it. */
  find(region: RegionId): RegionLog<E> | undefined {
    return this.#regions.get(region);
  }

  /** All regions, ascending. */
  regions(): RegionId[] {
    return [...this.#regions.keys()].sort((a, b) => a - b);
  }

  /** Adds `entries` from position `from` on; what the log had at their indexes and after goes. */
  append(region: RegionId, entries: readonly E[], from: number): void {
    const log = this.#open(region);
    const first = entries[from];
    assert(first !== undefined, "there is something to append");
    assert(first.index > log.truncatedIndex, "entries that were compacted away stay away");
    assert(first.index <= log.lastIndex + 1, "a log has no gap");
    const keep = first.index - log.truncatedIndex - 1;
    if (log.entries.length > keep) log.entries.length = keep;
    for (let at = from; at < entries.length; at++) {
      const entry = entries[at] as E;
      assert(entry.index === log.lastIndex + 1, "entries come in order");
      log.entries.push(entry);
    }
  }

  setHardState(region: RegionId, hardState: HardState): void {
    this.#open(region).setHardState(hardState);
  }

  /** Drops the entries up to `at.index`, which the log has. */
  compact(region: RegionId, at: LogEntry): void {
    const log = this.#open(region);
    assert(at.index > log.truncatedIndex, "a compaction moves forward");
    assert(log.termOf(at.index) === at.term, "a compaction ends at an entry of the log");
    log.entries.splice(0, at.index - log.truncatedIndex);
    log.truncatedIndex = at.index;
    log.truncatedTerm = at.term;
  }

  /** The log begins anew behind a snapshot; the hard state rises to what the snapshot implies. */
  reset(region: RegionId, at: LogEntry): void {
    const log = this.#open(region);
    log.entries.length = 0;
    log.truncatedIndex = at.index;
    log.truncatedTerm = at.term;
    const { term, vote, commit } = log.hardState;
    log.setHardState({
      term: Math.max(term, at.term),
      vote: at.term > term ? 0 : vote,
      commit: Math.max(commit, at.index),
    });
  }

  /** Forgets a region. */
  destroy(region: RegionId): void {
    this.#regions.delete(region);
  }

  /** Makes a region that was not there, without entries. */
  restore(region: RegionId, at: LogEntry, hardState: HardState): void {
    assert(!this.#regions.has(region), "a base has each region once");
    const log = this.#open(region);
    log.truncatedIndex = at.index;
    log.truncatedTerm = at.term;
    log.setHardState(hardState);
  }

  #open(region: RegionId): RegionLog<E> {
    let log = this.#regions.get(region);
    if (log === undefined) {
      log = new RegionLog();
      this.#regions.set(region, log);
    }
    return log;
  }
}

/** Writes records as bytes. */
export class RecordEncoder<E extends LogEntry> {
  readonly #writer: ByteWriter;
  readonly #codec: EntryCodec<E>;

  constructor(writer: ByteWriter, codec: EntryCodec<E>) {
    this.#writer = writer;
    this.#codec = codec;
  }

  append(region: RegionId, entries: readonly E[], from: number): void {
    const writer = this.#writer;
    writer.u32(records.append);
    writer.u32(region);
    writer.u32((entries[from] as E).index);
    writer.u32(entries.length - from);
    for (let at = from; at < entries.length; at++) {
      const entry = entries[at] as E;
      writer.u32(entry.term);
      const begin = writer.skip(4);
      this.#codec.encode(entry, writer);
      writer.setU32(begin, writer.length - begin - 4);
    }
  }

  hardState(region: RegionId, { term, vote, commit }: HardState): void {
    this.#writer.u32(records.hardState);
    this.#writer.u32(region);
    this.#writer.u32(term);
    this.#writer.u32(vote);
    this.#writer.u32(commit);
  }

  compact(region: RegionId, at: LogEntry): void {
    this.#position(records.compact, region, at);
  }

  reset(region: RegionId, at: LogEntry): void {
    this.#position(records.reset, region, at);
  }

  #position(kind: number, region: RegionId, at: LogEntry): void {
    this.#writer.u32(kind);
    this.#writer.u32(region);
    this.#writer.u32(at.index);
    this.#writer.u32(at.term);
  }

  destroy(region: RegionId): void {
    this.#writer.u32(records.destroy);
    this.#writer.u32(region);
  }

  /** Everything, as the records that make it from nothing. */
  all(state: LogState<E>): void {
    const writer = this.#writer;
    writer.u32(records.base);
    writer.u32(0);
    for (const region of state.regions()) {
      const log = state.find(region) as RegionLog<E>;
      writer.u32(records.region);
      writer.u32(region);
      writer.u32(log.truncatedIndex);
      writer.u32(log.truncatedTerm);
      const { term, vote, commit } = log.hardState;
      writer.u32(term);
      writer.u32(vote);
      writer.u32(commit);
      if (log.entries.length > 0) this.append(region, log.entries, 0);
    }
  }
}

/** Carries out the records of a frame's payload. Its checksum was found good before. */
export function replayRecords<E extends LogEntry>(
  reader: ByteReader,
  { state, codec }: { readonly state: LogState<E>; readonly codec: EntryCodec<E> },
): void {
  while (!reader.done) {
    const kind = reader.u32();
    const region = reader.u32() as RegionId;
    if (kind === records.append) {
      const [first, count] = [reader.u32(), reader.u32()];
      const entries: E[] = [];
      for (let at = 0; at < count; at++) {
        const fields = { index: first + at, term: reader.u32() };
        entries.push(codec.decode(fields, reader, reader.u32()));
      }
      state.append(region, entries, 0);
    } else if (kind === records.hardState) {
      const [term, vote, commit] = [reader.u32(), reader.u32(), reader.u32()];
      state.setHardState(region, { term, vote, commit });
    } else if (kind === records.compact) {
      state.compact(region, { index: reader.u32(), term: reader.u32() });
    } else if (kind === records.reset) {
      state.reset(region, { index: reader.u32(), term: reader.u32() });
    } else if (kind === records.region) {
      const at = { index: reader.u32(), term: reader.u32() };
      const [term, vote, commit] = [reader.u32(), reader.u32(), reader.u32()];
      state.restore(region, at, { term, vote, commit });
    } else if (kind !== records.base) {
      assert(kind === records.destroy, "a frame of the log holds known records");
      state.destroy(region);
    }
  }
}
