/**
 * The facts that our Rust SDK leaves in a library as plain bytes, for readers of any format: the
 * words `COPRSIM-PLUGIN-FACTS-1` and then API version, target, rustc, name and version, each ended
 * by a zero byte (plugins/sdk/rust/coprocessor_plugin_api/src/facts.rs).
 */
import type { BuildInfo, PluginInfo } from "../../api.ts";
import { type NativeBytes, NotReadable } from "./native-bytes.ts";

const mark = "COPRSIM-PLUGIN-FACTS-1\0";
const textBytesMax = 256;
/** Places with these words that are looked at: code that mentions them is no record. */
const placesMax = 64;

export type EmbeddedFacts = { readonly build: BuildInfo; readonly info: PluginInfo };

/** The first whole record in the file, or null. */
export function embeddedFacts(bytes: NativeBytes): EmbeddedFacts | null {
  let place = bytes.find(mark, 0);
  for (let tried = 0; place !== null && tried < placesMax; tried++) {
    const facts = recordAt(bytes, place + mark.length);
    if (facts !== null) return facts;
    place = bytes.find(mark, place + 1);
  }
  return null;
}

function recordAt(bytes: NativeBytes, start: number): EmbeddedFacts | null {
  const texts: string[] = [];
  try {
    for (let at = start; texts.length < 5; at += (texts.at(-1) ?? "").length + 1) {
      texts.push(bytes.name(at));
    }
  } catch (error) {
    if (!(error instanceof NotReadable)) throw error;
    return null;
  }
  if (!texts.every((text) => text.length <= textBytesMax && /^[ -~]+$/.test(text))) return null;
  const [apiVersion = "", target = "", rustc = "", name = "", version = ""] = texts;
  return { build: { apiVersion, target, rustc }, info: { name, version } };
}
