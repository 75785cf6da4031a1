/**
 * Gives a module suspension at its storage calls by binaryen's Asyncify pass. It comes after the
 * injection: then what a function pays for is skipped while its stack is wound up again.
 */
import { assert } from "../../../sim/assert.ts";
import { abiModule } from "./abi.ts";

/** The installed version of binaryen: prepared modules of other versions are not used. */
export const binaryenVersion = "131.0.0-nightly.20260721";

/**
 * The suspendable module. `bytes` must be valid. Binaryen is 15 MB and takes 0.4 s to load, so it
 * is loaded when the first module that is in no cache needs it.
 */
export async function addSuspension(bytes: Uint8Array): Promise<Uint8Array> {
  const { default: binaryen } = await import("binaryen");
  const module = binaryen.readBinary(bytes);
  try {
    const { MutableGlobals, SignExt, BulkMemory, BulkMemoryOpt, NontrappingFPToInt } =
      binaryen.Features;
    // Named one by one: with all features binaryen writes imports that Node 20 cannot read.
    module.setFeatures(MutableGlobals | SignExt | BulkMemory | BulkMemoryOpt | NontrappingFPToInt);
    binaryen.setDebugInfo(false);
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(1);
    binaryen.setPassArgument("asyncify-imports", `${abiModule}.storage`);
    module.runPasses(["asyncify"]);
    module.optimize();
    const suspendable = module.emitBinary();
    assert(suspendable.length > 0, "binaryen writes the module that it read");
    return suspendable;
  } finally {
    binaryen.setPassArgument("asyncify-imports", null);
    module.dispose();
  }
}
