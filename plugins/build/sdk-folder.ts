/** Where the SDKs lie: above this file in a checkout, above the bundle in a package. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../sim/errors.ts";

/** The folder of an SDK, `rust` or `assemblyscript`: absolute. */
export function sdkFolder(language: "rust" | "assemblyscript"): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const sdk = join(folder, "plugins", "sdk", language);
    if (existsSync(sdk)) return sdk;
    if (folder === dirname(folder)) break;
  }
  throw new UserError(`the SDK for ${language} is missing`, {
    code: "missing-file",
    where: `plugins/sdk/${language}`,
    hint: "install the package again",
  });
}
