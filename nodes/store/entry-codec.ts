/** Raft entries as bytes on disk: a kind, then the command or the membership change. */
import { assert } from "../../sim/assert.ts";
import { concatBytes, emptyBytes, latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import { Command, decodeCommand } from "../command.ts";
import type { EntryCodec } from "../engine/index.ts";
import { type ConfChange, Entry, type EntryKind, entryKinds } from "../raft/index.ts";

export const entryCodec: EntryCodec<Entry> = {
  encode: (entry) => {
    const kind = Uint8Array.of(entry.kind);
    if (entry.change !== null) {
      return concatBytes([kind, latin1Bytes(JSON.stringify(entry.change))]);
    }
    if (entry.data === null) return kind;
    assert(entry.data instanceof Command, "a store's entries carry its commands");
    return concatBytes([kind, entry.data.bytes]);
  },
  decode: ({ index, term }, bytes) => {
    const kind = bytes[0] as EntryKind;
    const rest = bytes.length > 1 ? bytes.slice(1) : emptyBytes;
    if (kind === entryKinds.conf1 || kind === entryKinds.conf2) {
      const change = JSON.parse(latin1Text(rest)) as ConfChange;
      return new Entry(term, index, kind, null, change);
    }
    const data = rest.length === 0 ? null : decodeCommand(rest);
    return new Entry(term, index, kind, data, null);
  },
};
