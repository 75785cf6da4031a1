/** What the parts of the host contract suite share. */
import { expect } from "vitest";
import { hex, latin1Bytes } from "../../../sim/bytes.ts";
import type {
  PluginError,
  PluginInstance,
  PluginLimits,
  StorageAnswer,
  StorageCall,
} from "../../api.ts";

/** Loads the probe on a node of its own, with some limits changed. */
export type Load = (limits?: Partial<PluginLimits>) => PluginInstance;

/** A value with the odd bytes. */
export const value: Uint8Array = latin1Bytes("\x00v\xff");
/** Every storage call with an answer of its kind, among them the odd bytes. */
export const exchanges: readonly (readonly [StorageCall, StorageAnswer])[] = [
  [
    { kind: "get", key: "a\x00\xff" },
    { kind: "value", value },
  ],
  [
    { kind: "get", key: "" },
    { kind: "value", value: null },
  ],
  [
    { kind: "get", key: "e" },
    { kind: "value", value: new Uint8Array(0) },
  ],
  [
    { kind: "batchGet", keys: ["a", "b\xfe"] },
    { kind: "pairs", pairs: [{ key: "a", value }] },
  ],
  [
    { kind: "batchGet", keys: [] },
    { kind: "pairs", pairs: [] },
  ],
  [
    { kind: "scan", range: { start: "a", end: "" } },
    {
      kind: "pairs",
      pairs: [
        { key: "", value: new Uint8Array(0) },
        { key: "k".repeat(300), value },
      ],
    },
  ],
  [{ kind: "put", key: "k", value }, { kind: "done" }],
  [
    {
      kind: "batchPut",
      pairs: [
        { key: "k", value },
        { key: "", value },
      ],
    },
    { kind: "done" },
  ],
  [{ kind: "delete", key: "k" }, { kind: "done" }],
  [{ kind: "batchDelete", keys: ["k", "l"] }, { kind: "done" }],
  [{ kind: "deleteRange", range: { start: "", end: "z" } }, { kind: "done" }],
];

/** Bytes are bytes, whether a Buffer or not. */
function plain(item: unknown): unknown {
  if (item instanceof Uint8Array) return `0x${hex(item)}`;
  if (Array.isArray(item)) return item.map(plain);
  if (typeof item !== "object" || item === null) return item;
  return Object.fromEntries(Object.entries(item).map(([name, field]) => [name, plain(field)]));
}

/** Expects equality but for the kind of byte array. */
export function expectSame(found: unknown, wanted: unknown): void {
  expect(plain(found)).toEqual(plain(wanted));
}

/** One error of each class; `other` with a handle stands for a region error. */
export const errors: readonly PluginError[] = [
  { kind: "keyNotInRegion", key: "k\x80", regionId: 2 ** 40 + 7, start: "a", end: "" },
  { kind: "timeout", timeoutUs: 1_500_000.25 },
  { kind: "canceled" },
  { kind: "other", text: "epoch not match é", handle: 9 },
];
