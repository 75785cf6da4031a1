/**
 * The Rust SDK in the wasm host: its probe passes the suite that every host passes. To add a case,
 * see ../host/testing/host-contract.ts; what only the SDK does is in rust-crate.test.ts.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { hostBuildInfo } from "../api.ts";
import { readArtefact } from "../artefact/artefact-file.ts";
import { prepareArtefact } from "../artefact/preparation.ts";
import { hostContract } from "../host/testing/host-contract.ts";
import { buildRustModule } from "./rust-crate.ts";
import { buildsModules, moduleTest } from "./testing/rust-test.ts";

const crate = fileURLToPath(new URL("testdata/probe", import.meta.url));

if (buildsModules) {
  hostContract({
    name: "wasm, Rust SDK",
    prepare: async () => {
      const path = await buildRustModule({ crate, out: null }, hostBuildInfo);
      const { bytes } = await readArtefact(path);
      const cacheFolder = join(dirname(path), "prepared");
      const plugin = await prepareArtefact(bytes, { kind: "wasm", cacheFolder });
      if (plugin.kind === "broken") throw new Error(plugin.reason);
      return plugin;
    },
    // The commands that only a module made by hand can obey are the other probes'.
    confines: false,
  });
} else moduleTest("the Rust SDK passes the hosts' suite", async () => undefined);
