/** Raft entries as bytes on disk: a kind, then the command or the membership change. */
import { assert } from "../../sim/assert.ts";
import { concatBytes, latin1Bytes, latin1Part } from "../../sim/bytes.ts";
import { Command, decodeCommand } from "../command.ts";
import type { EntryCodec } from "../engine/index.ts";
import { type ConfChange, Entry, type EntryKind, entryKinds } from "../raft/index.ts";

export const entryCodec: EntryCodec<Entry> = {
  encode: (entry) => {
    const { kind, data, change } = entry;
    if (change !== null) {
      return concatBytes([Uint8Array.of(kind), latin1Bytes(JSON.stringify(change))]);
    }
    if (data === null) return Uint8Array.of(kind);
    assert(kind === entryKinds.normal, "a command stands in a normal entry");
    assert(data instanceof Command, "a store's entries carry its commands");
    return data.bytes;
  },
  decode: ({ index, term }, bytes) => {
    const kind = bytes[0] as EntryKind;
    if (kind === entryKinds.conf1 || kind === entryKinds.conf2) {
      const change = JSON.parse(latin1Part(bytes, 1, bytes.length)) as ConfChange;
      return new Entry(term, index, kind, null, change);
    }
    const data = bytes.length === 1 ? null : decodeCommand(bytes);
    return new Entry(term, index, kind, data, null);
  },
};
