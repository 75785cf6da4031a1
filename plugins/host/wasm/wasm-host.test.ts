/** The wasm host. Cases that every host shares go into ../testing/host-contract.ts. */
import { hostContract } from "../testing/host-contract.ts";
import { wasmProbe } from "../testing/probe-wasm.ts";
import { prepareWasm } from "./preparation.ts";

hostContract({
  name: "wasm",
  prepare: async () => {
    const plugin = await prepareWasm(await wasmProbe(), null);
    if (!("kind" in plugin)) throw new Error(plugin.reason);
    return plugin;
  },
  confines: true,
});
