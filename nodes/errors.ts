/**
 * Region errors as `errorpb.Error` has them: expected failures, so they are values. The texts are
 * TiKV's Display texts. Source: kvproto errorpb.proto; TiKV components/raftstore/src/errors.rs;
 * docs in tikv-semantics.md section 4.
 */
import { unreachable } from "../sim/assert.ts";
import { hex, latin1Bytes } from "../sim/bytes.ts";
import type { Region } from "./region.ts";

export type RegionError =
  | {
      readonly kind: "notLeader";
      readonly regionId: number;
      /** The store of the leader, 0 = unknown, and its peer there. */
      readonly leaderStore: number;
      readonly leaderPeer?: number;
    }
  | { readonly kind: "regionNotFound"; readonly regionId: number }
  | {
      readonly kind: "keyNotInRegion";
      readonly key: string;
      readonly regionId: number;
      readonly start: string;
      readonly end: string;
    }
  | {
      readonly kind: "epochNotMatch";
      readonly currentRegions: readonly Region[];
      /** The epoch of the request; for the text only. */
      readonly sent?: { readonly version: number; readonly confVer: number };
    }
  | { readonly kind: "serverIsBusy"; readonly reason: string }
  | { readonly kind: "staleCommand" }
  | { readonly kind: "storeNotMatch"; readonly requestStore: number; readonly actualStore: number }
  | { readonly kind: "raftEntryTooLarge"; readonly regionId: number; readonly entrySize: number }
  | { readonly kind: "readIndexNotReady"; readonly regionId: number; readonly reason: string }
  | { readonly kind: "regionNotInitialized"; readonly regionId: number }
  | { readonly kind: "mismatchPeerId"; readonly requestPeer: number; readonly storePeer: number }
  | { readonly kind: "diskFull"; readonly stores: readonly number[]; readonly reason: string }
  | { readonly kind: "flashbackInProgress"; readonly regionId: number; readonly startTs: number }
  /** No variant set: only the text says what happened. */
  | { readonly kind: "messageOnly"; readonly text: string };

export type RegionErrorKind = RegionError["kind"];

/** The field number of each variant in `errorpb.Error`; 0 where none is set. */
export const regionErrorTags: Readonly<Record<RegionErrorKind, number>> = {
  messageOnly: 0,
  notLeader: 2,
  regionNotFound: 3,
  keyNotInRegion: 4,
  epochNotMatch: 5,
  serverIsBusy: 6,
  staleCommand: 7,
  storeNotMatch: 8,
  raftEntryTooLarge: 9,
  readIndexNotReady: 11,
  regionNotInitialized: 14,
  diskFull: 15,
  flashbackInProgress: 17,
  mismatchPeerId: 20,
};

/** The text in `errorpb.Error.message`. */
export function regionErrorMessage(error: RegionError): string {
  switch (error.kind) {
    case "notLeader":
      return `peer is not leader for region ${error.regionId}, leader may ${leaderText(error)}`;
    case "regionNotFound":
      return `region ${error.regionId} not found`;
    case "keyNotInRegion":
      return (
        `key ${upperHex(error.key)} is not in region key range ` +
        `[${upperHex(error.start)}, ${upperHex(error.end)}) for region ${error.regionId}`
      );
    case "epochNotMatch": {
      const [own] = error.currentRegions;
      if (own === undefined) return "EpochNotMatch";
      const current = `EpochNotMatch current epoch of region ${own.id} is ${epochText(own)}`;
      return error.sent === undefined
        ? current
        : `${current}, but you sent ${epochText(error.sent)}`;
    }
    case "serverIsBusy":
      return error.reason;
    case "staleCommand":
      return "stale command";
    case "storeNotMatch":
      return `to store id ${error.requestStore}, mine ${error.actualStore}`;
    case "raftEntryTooLarge":
      return `raft entry is too large, region ${error.regionId}, entry size ${error.entrySize}`;
    case "readIndexNotReady":
      return `read index not ready, reason ${error.reason}, region ${error.regionId}`;
    case "regionNotInitialized":
      return `region ${error.regionId} not initialized yet`;
    case "diskFull":
      return `store ids [${error.stores.join(", ")}], errmsg ${error.reason}`;
    case "flashbackInProgress":
      return `region ${error.regionId} is in the flashback progress with start_ts ${error.startTs}`;
    case "mismatchPeerId":
      return `mismatch peer id ${error.requestPeer} != ${error.storePeer}`;
    case "messageOnly":
      return error.text;
    default:
      return unreachable(error);
  }
}

/** What a store that does not lead a region answers. */
export type NotLeader = RegionError & { readonly kind: "notLeader" };

/** An `Option<metapb::Peer>` in debug form; a voter's role is 0, which is not printed. */
function leaderText({ leaderStore, leaderPeer = 0 }: NotLeader): string {
  if (leaderStore === 0) return "None";
  const id = leaderPeer === 0 ? "" : `id: ${leaderPeer} `;
  return `Some(${id}store_id: ${leaderStore})`;
}

/** A `metapb::RegionEpoch` in debug form. */
function epochText(epoch: { readonly version: number; readonly confVer: number }): string {
  return `conf_ver: ${epoch.confVer} version: ${epoch.version}`;
}

const upperHex = (key: string): string => hex(latin1Bytes(key)).toUpperCase();

/**
 * The text of a key outside of a region as plugins' errors have it, which is all that a client sees
 * of it: `Key [1, 2, 3] not found in region 7`, the key in Rust's debug form of bytes.
 */
export function keyNotInRegionText(key: string, regionId: number): string {
  return `Key [${[...latin1Bytes(key)].join(", ")}] not found in region ${regionId}`;
}
