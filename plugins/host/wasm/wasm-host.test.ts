/** The wasm host. Cases that every host shares go into ../testing/host-contract.ts. */

import { latin1Bytes } from "../../../sim/bytes.ts";
import type { PreparedPlugin } from "../../api.ts";
import { hostContract } from "../testing/host-contract.ts";
import { probe, u32 } from "../testing/probe-requests.ts";
import { wasmProbe } from "../testing/probe-wasm.ts";
import { prepareWasm } from "./preparation.ts";

async function prepared(): Promise<PreparedPlugin> {
  const plugin = await prepareWasm(await wasmProbe(), null);
  if (!("kind" in plugin)) throw new Error(plugin.reason);
  return plugin;
}

hostContract({ name: "wasm", prepare: prepared, confines: true });

hostContract({
  name: "wasm, on instances that served a plugin before",
  prepare: async () => {
    const plugin = await prepared();
    return {
      hash: plugin.hash,
      kind: plugin.kind,
      build: plugin.build,
      info: plugin.info,
      instantiate: (limits) => {
        const before = plugin.instantiate(limits);
        if (before.kind !== "loaded") return before;
        for (const one of [
          probe("C"),
          probe("C"),
          probe("E", latin1Bytes("x")),
          probe("B", u32(9)),
        ]) {
          before.plugin.start(one).step(null);
        }
        before.plugin.destroy();
        return plugin.instantiate(limits);
      },
    };
  },
  confines: true,
});
