import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: [
      "*.test.ts",
      "{sim,failpoints,plugins,nodes,scenarios,reports,bin,build}/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", "dist/**"],
    // Tests share nothing but modules, and modules hold no state: isolation would only cost time.
    pool: "threads",
    isolate: false,
    testTimeout: 60_000,
  },
});

export default config;
