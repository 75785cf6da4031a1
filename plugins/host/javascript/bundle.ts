/** Turns a plugin's JavaScript or TypeScript into one script whose value is its exports. */
import type { Plugin } from "esbuild";
import type { ArtefactProblem } from "../wasm/description.ts";

/** Bytes of a script at most. */
const scriptBytesMax = 4 << 20;

/**
 * The script, or why there is none. A plugin is one file: an import would make it depend on files
 * that its hash does not cover, and let a stranger's plugin read the host's.
 */
export async function bundleScript(bytes: Uint8Array): Promise<string | ArtefactProblem> {
  if (bytes.length > scriptBytesMax) {
    return { code: "size", reason: `${bytes.length} bytes, at most ${scriptBytesMax} are read` };
  }
  const source = decodeUtf8(bytes);
  if (source === null) return { code: "malformed", reason: "it is not UTF-8 text" };
  const script = await compile(source, "js");
  // JavaScript is tried first: a few expressions mean something else in TypeScript.
  const found = typeof script === "string" ? script : await compile(source, "ts");
  if (typeof found !== "string") return found;
  return `(() => {${found}\nreturn coprsimPlugin;\n})()`;
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

async function compile(source: string, loader: "js" | "ts"): Promise<string | ArtefactProblem> {
  // 10 MB and a process of its own: loaded when the first script needs it.
  const { build } = await import("esbuild");
  try {
    const { outputFiles } = await build({
      stdin: { contents: source, loader, sourcefile: "plugin.ts" },
      bundle: true,
      write: false,
      format: "iife",
      globalName: "coprsimPlugin",
      target: "es2020",
      platform: "neutral",
      charset: "utf8",
      logLevel: "silent",
      plugins: [oneFileOnly],
    });
    return outputFiles?.[0]?.text ?? "";
  } catch (error) {
    return { code: "malformed", reason: messageOf(error) };
  }
}

const oneFileOnly: Plugin = {
  name: "one-file",
  setup({ onResolve }) {
    onResolve({ filter: /.*/ }, ({ kind, path }) => {
      if (kind === "entry-point") return null;
      const text = `imports "${path}": a plugin is one file, bundle it first`;
      return { errors: [{ text }] };
    });
  },
};

function messageOf(error: unknown): string {
  const errors: unknown = error instanceof Error && "errors" in error ? error.errors : null;
  const [first] = Array.isArray(errors) ? (errors as readonly unknown[]) : [];
  if (typeof first !== "object" || first === null || !("text" in first)) return String(error);
  const place = "location" in first ? first.location : null;
  const line = typeof place === "object" && place !== null && "line" in place ? place.line : null;
  return `${String(first.text)}${line === null ? "" : ` (line ${String(line)})`}`;
}
