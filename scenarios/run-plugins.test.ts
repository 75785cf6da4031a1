/** The plugins of a run. To add a case, load what a run may load and end the run. */
import { expect, test } from "vitest";
import { defaultPluginLimits, hostBuildInfo, inProcessPlugin } from "../plugins/index.ts";
import { RunPlugins } from "./run-plugins.ts";

const info = { name: "one", version: "1.0.0" };

const plugin = inProcessPlugin({
  info,
  build: hostBuildInfo,
  create: () =>
    function* (_ranges, data, storage) {
      yield* storage.get("k");
      return { kind: "response", data };
    },
});

test("what a run loaded is destroyed at its end, and another run's is not", () => {
  const [run, other] = [1, 2].map(() => new RunPlugins(new Map([["a", plugin]]))) as [
    RunPlugins,
    RunPlugins,
  ];
  const load = (from: RunPlugins) => {
    const made = from.named("a").instantiate(defaultPluginLimits);
    if (made.kind !== "loaded") throw new Error(made.text);
    return made.plugin;
  };
  const [gone, kept] = [load(run), load(other)];
  run.destroy();
  const request = { ranges: [], data: new Uint8Array(0) };
  expect(() => gone.start(request)).toThrow("a destroyed plugin takes no requests");
  expect(kept.start(request).step(null).kind).toBe("call");
});

test("of very many loads the last are destroyed at the end", () => {
  const run = new RunPlugins(new Map([["a", plugin]]));
  const loads = Array.from({ length: 40 }, () =>
    run.named("a").instantiate(defaultPluginLimits),
  ).flatMap((made) => (made.kind === "loaded" ? [made.plugin] : []));
  run.destroy();
  const isGone = loads.map((one) => {
    try {
      one.start({ ranges: [], data: new Uint8Array(0) });
      return false;
    } catch {
      return true;
    }
  });
  expect(isGone).toEqual(loads.map((_, at) => at >= 8));
});

test("an artefact is one object, and says what it is", () => {
  const run = new RunPlugins(new Map([["a", plugin]]));
  expect(run.named("a")).toBe(run.named("a"));
  expect({ ...run.named("a"), instantiate: plugin.instantiate }).toEqual(plugin);
  expect(() => run.named("b")).toThrow("every artefact of a plan is prepared before its run");
});
