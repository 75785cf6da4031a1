/**
 * The classes of storage errors that a plugin can meet, as TiKV hands them over.
 * Source: tikv-semantics.md 1 and 4; TiKV components/coprocessor_plugin_api/src/errors.rs.
 */
import {
  type ErrorBox,
  type Region,
  type RegionError,
  regionErrorMessage,
} from "../../nodes/index.ts";
import type { PluginError, StorageAnswer } from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";

/** Every class, in the order of reports. */
export const errorClasses = [
  "EpochNotMatch",
  "NotLeader",
  "RegionNotFound",
  "ServerIsBusy",
  "StaleCommand",
  "DiskFull",
  "FlashbackInProgress",
  "ReadIndexNotReady",
  "KeyNotInRegion",
  "Timeout",
  "Canceled",
  "Undetermined",
] as const;
/** One of them. */
export type ErrorClass = (typeof errorClasses)[number];

/** Classes that reach the client as mere text, whatever the plugin does: no fault of a plugin. */
export const downgradedClasses: readonly ErrorClass[] = [
  "KeyNotInRegion",
  "Timeout",
  "Canceled",
  "Undetermined",
];

/** The failed answer to a storage call in a region. */
export function faultAnswer(errorClass: ErrorClass, region: Region, box: ErrorBox): StorageAnswer {
  return { kind: "error", error: pluginErrorOf(errorClass, region, box) };
}

function pluginErrorOf(errorClass: ErrorClass, region: Region, box: ErrorBox): PluginError {
  switch (errorClass) {
    case "KeyNotInRegion": {
      const { id: regionId, start, end } = region;
      return { kind: "keyNotInRegion", key: region.end, regionId, start, end };
    }
    case "Timeout":
      return { kind: "timeout", timeoutUs: 1_000_000 };
    case "Canceled":
      return { kind: "canceled" };
    case "Undetermined": {
      const text = 'undetermined write result "async write on_applied callback is dropped"';
      return { kind: "other", text, handle: box.put(null) };
    }
    default: {
      const error = regionErrorOf(errorClass, region);
      return { kind: "other", text: regionErrorMessage(error), handle: box.put(error) };
    }
  }
}

type RegionErrorClass = Exclude<
  ErrorClass,
  "KeyNotInRegion" | "Timeout" | "Canceled" | "Undetermined"
>;

function regionErrorOf(errorClass: RegionErrorClass, region: Region): RegionError {
  const { id: regionId } = region;
  switch (errorClass) {
    case "EpochNotMatch":
      return { kind: "epochNotMatch", currentRegions: [{ ...region, version: 2 }] };
    case "NotLeader":
      return { kind: "notLeader", regionId, leaderStore: 2 };
    case "RegionNotFound":
      return { kind: "regionNotFound", regionId };
    case "ServerIsBusy":
      return { kind: "serverIsBusy", reason: "scheduler is busy" };
    case "StaleCommand":
      return { kind: "staleCommand" };
    case "DiskFull":
      return { kind: "diskFull", stores: [1], reason: "propose failed: tikv disk full" };
    case "FlashbackInProgress":
      return { kind: "flashbackInProgress", regionId, startTs: 1 };
    case "ReadIndexNotReady": {
      const reason = "can not read index due to split";
      return { kind: "readIndexNotReady", regionId, reason };
    }
    default:
      return unreachable(errorClass);
  }
}
