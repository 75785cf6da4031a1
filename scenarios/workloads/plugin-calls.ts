/** Plugin files and coprocessor calls that several specs use. */
import type { PluginCall, PluginPlacement } from "../spec.ts";
import { aggregateRequest, anyAggregateRequest } from "./aggregate-requests.ts";

/** The example plugin as bytes. */
export const aggregateWasm: PluginPlacement = {
  file: "aggregate.wasm",
  artefacts: ["aggregate"],
  stores: "every",
};

/** A probe named `counter`: one of the versions. */
export const counterProbe = (...artefacts: readonly string[]): PluginPlacement => ({
  file: "counter.wasm",
  artefacts,
  stores: "every",
});

const onKeys = {
  weight: 1,
  span: { min: 1, max: 24 },
  ownKeys: false,
  breakOnly: false,
  spacingUs: 0,
} as const;

/** A good request to `aggregate`. */
export const aggregateCall: PluginCall = {
  ...onKeys,
  names: ["aggregate"],
  requirements: ["^1.0", "*", "1.0.0", "~1.0.0"],
  data: aggregateRequest,
};

/** Requests to `aggregate`, some of them broken: it answers those with a refusal of its own. */
export const anyAggregateCall: PluginCall = { ...aggregateCall, data: anyAggregateRequest };

/** Asks a probe to repeat something that no other request says. */
export const echoCall: PluginCall = {
  ...onKeys,
  names: ["counter"],
  requirements: ["*"],
  data: ({ id }) => `echo ${id}`,
};

/** Asks `counter` to count the pairs of a range. */
export const countCall = (requirements: readonly string[]): PluginCall => ({
  ...onKeys,
  names: ["counter"],
  requirements,
  data: () => "count",
});

/** Asks `reader` for the pairs of a range. */
export const readCall: PluginCall = {
  ...onKeys,
  names: ["reader"],
  requirements: ["*", ">=1.0.0"],
  data: () => "read",
};

/** Asks `writer` to write keys that plugins have for themselves: call by call, or in one. */
export const writeCall: PluginCall = {
  ...onKeys,
  names: ["writer"],
  requirements: ["^1"],
  ownKeys: true,
  // Two in the time that a client tries one again, on two attempts each: four threads of five.
  spacingUs: 2_500_000,
  span: { min: 1, max: 4 },
  data: ({ stream, id }) => {
    const word = ["write", "write", "fill", "erase"][stream.below(4)] ?? "write";
    return word === "erase" ? word : `${word} w${id}`;
  },
};

/** Asks `reader` for many storage calls one after another. */
export const stepCall: PluginCall = {
  ...onKeys,
  names: ["reader"],
  requirements: ["1"],
  data: ({ stream }) => `step ${stream.between(2, 30)}`,
};
