/** The in-process host. Cases that every host shares go into testing/host-contract.ts. */
import { expect, test } from "vitest";
import { defaultPluginLimits, hostBuildInfo } from "../api.ts";
import { inProcessPlugin } from "./in-process.ts";
import { hostContract } from "./testing/host-contract.ts";
import { inProcessProbe } from "./testing/probe-in-process.ts";

hostContract({
  name: "in-process",
  prepare: () => Promise.resolve(inProcessProbe()),
  confines: false,
});

test("a constructor that throws is a panic", () => {
  const create = () => {
    throw new Error("no configuration");
  };
  const info = { name: "x", version: "1.0.0" };
  const plugin = inProcessPlugin({ info, build: hostBuildInfo, create });
  expect(plugin.instantiate(defaultPluginLimits)).toEqual({
    kind: "panic",
    text: "no configuration",
  });
});
