/**
 * The Rust tests of the SDK and of the example, by the author's own `cargo test`: mocks of the
 * storage go on working. To add a test, write it in Rust, there.
 */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { runProgram } from "./process.ts";
import { nativeTest } from "./testing/rust-test.ts";

const sdk = fileURLToPath(new URL("../sdk/rust/coprocessor_plugin_api", import.meta.url));
const example = fileURLToPath(new URL("../examples/aggregate/good-rust", import.meta.url));

async function cargoTest(folder: string): Promise<number> {
  const ran = await runProgram("cargo", ["test", "--offline", "--color", "never"], { folder });
  const said = "stdout" in ran ? `${ran.stdout}${ran.stderr}` : "there is no cargo";
  expect(ran.kind, said).toBe("done");
  return [...said.matchAll(/(\d+) passed/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

nativeTest("the SDK's tests, its documentation's among them", async () => {
  expect(await cargoTest(sdk)).toBeGreaterThanOrEqual(2);
});

nativeTest("the example's tests, over a storage in memory", async () => {
  expect(await cargoTest(example)).toBeGreaterThanOrEqual(7);
});
