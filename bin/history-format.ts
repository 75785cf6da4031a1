/** The format of a history file, when it is not said. */
import { extname } from "node:path";

/** The format that the file's name ends in, if it is one of `formats`; else JSON Lines. */
export function formatOf<Format extends string>(
  file: string,
  formats: readonly Format[],
): Format | "jsonl" {
  const extension = extname(file).slice(1).toLowerCase();
  return formats.find((format) => format === extension) ?? "jsonl";
}
