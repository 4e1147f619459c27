import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["core/**/*.test.ts", "electron/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    // generous, for machines that are busy with other things: nothing is measured by it
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
