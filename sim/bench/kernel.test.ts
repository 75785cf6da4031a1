/** The kernel's benchmark does what it says. To add a case, add a row to the table. */
import { expect, test } from "vitest";
import { KernelBench } from "./index.ts";

for (const pending of [64, 1024]) {
  test(`${pending} pending events stay as many, and as many run as were asked for`, () => {
    const bench = new KernelBench({ pending });
    const counts = [1, 2, 3].map(() => bench.run(20_000));
    for (const count of counts) {
      expect(count).toBeGreaterThanOrEqual(20_000);
      // Messages take 0.6 ms on average, timers 0.5 ms: a tenth of a second's work more at most.
      expect(count).toBeLessThan(20_000 + 200 * pending);
    }
  });
}
