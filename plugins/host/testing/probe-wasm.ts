/** The probe as a module, assembled from its text by binaryen. */
import { readFileSync } from "node:fs";

const source = new URL("../testdata/probe.wat", import.meta.url);

/** The bytes of `testdata/probe.wat`. */
export function wasmProbe(): Promise<Uint8Array> {
  return assembleText(readFileSync(source, "utf8"));
}

/** The bytes of a module in WebAssembly's text form, with the extensions it uses left in. */
export async function assembleText(text: string): Promise<Uint8Array> {
  const { default: binaryen } = await import("binaryen");
  const module = binaryen.parseText(text);
  try {
    module.setFeatures(binaryen.Features.All);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
