/** What a store keeps of a region beside its data, and what a snapshot carries. */
import { digestBytes, latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import type { KvPair } from "../engine/index.ts";
import type { Conf, EntryData } from "../raft/index.ts";
import type { Region } from "../region.ts";

/** Descriptor and membership; replaced when one changes, encoded once. Immutable. */
export class RegionState {
  readonly region: Region;
  readonly conf: Conf;
  readonly bytes: Uint8Array;

  constructor(region: Region, conf: Conf) {
    this.region = region;
    this.conf = conf;
    this.bytes = latin1Bytes(JSON.stringify({ region, conf }));
  }

  withConf(conf: Conf): RegionState {
    return conf === this.conf ? this : new RegionState(this.region, conf);
  }
}

/** Reads the bytes of a `RegionState`, which a checksum has vouched for. */
export function decodeRegionState(bytes: Uint8Array): RegionState {
  const { region, conf } = JSON.parse(latin1Text(bytes)) as { region: Region; conf: Conf };
  return new RegionState(region, conf);
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
