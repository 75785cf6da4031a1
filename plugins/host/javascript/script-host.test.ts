/** The script host. Cases that every host shares go into ../testing/host-contract.ts. */
import { readFileSync } from "node:fs";
import { prepareArtefact } from "../../artefact/preparation.ts";
import { hostContract } from "../testing/host-contract.ts";

const source = new URL("testdata/probe.js", import.meta.url);

hostContract({
  name: "javascript",
  prepare: async () => {
    const options = { kind: "javascript", cacheFolder: null } as const;
    const plugin = await prepareArtefact(new Uint8Array(readFileSync(source)), options);
    if (plugin.kind === "broken") throw new Error(plugin.reason);
    return plugin;
  },
  confines: true,
});
