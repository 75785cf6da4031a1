import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Builds every example, packs and installs: .ci/run and CI machines do it, where CI is set. */
const slow = ["bin/pack.test.ts"];

const config: ViteUserConfig = defineConfig({
  test: {
    include: [
      "*.test.ts",
      "{sim,failpoints,plugins,nodes,scenarios,reports,bin,build}/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", "dist/**", ...(process.env["CI"] ? [] : slow)],
    // Tests share nothing but modules, and modules hold no state: isolation would only cost time.
    pool: "threads",
    isolate: false,
    testTimeout: 60_000,
  },
});

export default config;
