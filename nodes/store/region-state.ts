/** What a store keeps of a region beside its data, and what a snapshot carries. */
import { digestBytes, latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import type { KvPair, RegionMeta } from "../engine/index.ts";
import { type Conf, confOf, type EntryData } from "../raft/index.ts";
import type { Region } from "../region.ts";

/** Descriptor and membership; replaced when one changes. Immutable. */
export class RegionState {
  readonly region: Region;
  readonly conf: Conf;
  #bytes: Uint8Array | null;

  /** `bytes`: what this was decoded from. */
  constructor(region: Region, conf: Conf, bytes: Uint8Array | null = null) {
    this.region = region;
    this.conf = conf;
    this.#bytes = bytes;
  }

  /** Encoded once, when it is asked for: most of them never are. */
  get bytes(): Uint8Array {
    const { region, conf } = this;
    this.#bytes ??= latin1Bytes(JSON.stringify({ region, conf }));
    return this.#bytes;
  }

  withConf(conf: Conf): RegionState {
    return conf === this.conf ? this : new RegionState(this.region, conf);
  }
}

/** Where the logs of new regions begin (TiKV raftstore peer_storage.rs, RAFT_INIT_LOG_*). */
export const firstEntry = { index: 5, term: 5 } as const;

/** The state of a region whose members never changed: they are its peers. */
export function stateOf(region: Region): RegionState {
  const ids = (role: "voter" | "learner"): number[] =>
    region.peers.filter((peer) => peer.role === role).map((peer) => peer.id);
  return new RegionState(region, confOf(ids("voter"), ids("learner")));
}

/** What the key-value engine knows of a region at its beginning. */
export function initialMeta({ bytes }: RegionState): RegionMeta {
  const { index, term } = firstEntry;
  return {
    appliedIndex: index,
    appliedTerm: term,
    baseIndex: index,
    baseTerm: term,
    tombstone: false,
    state: bytes,
  };
}

/** Reads the bytes of a `RegionState`, which a checksum has vouched for. */
export function decodeRegionState(bytes: Uint8Array): RegionState {
  const { region, conf } = JSON.parse(latin1Text(bytes)) as { region: Region; conf: Conf };
  return new RegionState(region, conf, bytes);
}

/** A region's whole state, as it travels to a peer that fell behind. Immutable. */
export class SnapshotData implements EntryData {
  readonly state: RegionState;
  readonly pairs: readonly KvPair[];
  readonly digest: number;
  readonly size: number;

  constructor(state: RegionState, pairs: readonly KvPair[]) {
    this.state = state;
    this.pairs = pairs;
    let digest = digestBytes(state.bytes);
    let size = state.bytes.length;
    for (const { key, value } of pairs) {
      digest = digestBytes(value, digestBytes(latin1Bytes(key), digest));
      size += key.length + value.length;
    }
    this.digest = digest;
    this.size = size;
  }
}
