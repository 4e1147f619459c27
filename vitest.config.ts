import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["core/**/*.test.ts", "electron/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    // of tests in a file that run side by side because they wait
    maxConcurrency: 3,
    // generous, for machines that are busy with other things: nothing is measured by it
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
