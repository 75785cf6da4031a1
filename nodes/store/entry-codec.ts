/** Raft entries as bytes on disk: a kind, then the command or the membership change. */
import { assert } from "../../sim/assert.ts";
import { latin1Bytes, latin1Part } from "../../sim/bytes.ts";
import { Command, decodeCommand } from "../command.ts";
import type { EntryCodec } from "../engine/index.ts";
import { type ConfChange, Entry, type EntryKind, entryKinds } from "../raft/index.ts";

export const entryCodec: EntryCodec<Entry> = {
  encode: ({ kind, data, change }, writer) => {
    if (change !== null) {
      writer.byte(kind);
      writer.bytes(latin1Bytes(JSON.stringify(change)));
    } else if (data === null) writer.byte(kind);
    else {
      assert(kind === entryKinds.normal, "a command stands in a normal entry");
      assert(data instanceof Command, "a store's entries carry its commands");
      writer.bytes(data.bytes);
    }
  },
  decode: ({ index, term }, reader, length) => {
    const bytes = reader.bytes(length);
    const kind = bytes[0] as EntryKind;
    if (kind === entryKinds.conf1 || kind === entryKinds.conf2) {
      const change = JSON.parse(latin1Part(bytes, 1, bytes.length)) as ConfChange;
      return new Entry(term, index, kind, null, change);
    }
    const data = bytes.length === 1 ? null : decodeCommand(bytes);
    return new Entry(term, index, kind, data, null);
  },
};
