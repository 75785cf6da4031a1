/** The defaults of the plugin contract. */
import { expect, test } from "vitest";
import { defaultPluginLimits, hostBuildInfo } from "./api.ts";
import { admit } from "./version/index.ts";

test("a plugin built as the host was is admitted", () => {
  const admission = admit({ plugin: hostBuildInfo, version: "1.0.0", host: hostBuildInfo });
  expect(admission.kind).toBe("admitted");
});

test("every limit is a bound", () => {
  for (const limit of Object.values(defaultPluginLimits)) {
    expect(Number.isSafeInteger(limit) && limit > 0).toBe(true);
  }
  expect(defaultPluginLimits.depth).toBeLessThanOrEqual(100_000);
});
