import eslint from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import tseslint from "typescript-eslint";

/** Folders whose logic must replay from a seed: time, chance, disk and network come in as parameters. */
const pure = ["raft", "wal", "snap", "bbolt", "backend", "mvcc", "lease", "membership", "apply", "proto", "probe"];

export default tseslint.config(
  { ignores: ["dist/", "out/", "node_modules/", "core/proto/gen/", "test/screens/", "test/results/"] },
  eslint.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ["core/**/*.ts", "electron/**/*.ts", "test/**/*.ts"],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { arguments: false, attributes: false } }],
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "no-empty": ["error", { allowEmptyCatch: false }],
      eqeqeq: "error",
      "no-useless-assignment": "off",
      "no-console": "error",
      "max-lines": ["error", { max: 900, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: pure.map((folder) => `core/${folder}/**/*.ts`),
    ignores: ["**/*.test.ts", "**/testing/**"],
    rules: {
      "no-restricted-globals": ["error", "setTimeout", "setInterval", "process", "performance", "fetch"],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "Take a Clock." },
        { object: "Math", property: "random", message: "Take a Random." },
      ],
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["node:fs", "node:fs/*", "node:net", "node:http", "node:http2", "node:child_process", "node:timers", "node:timers/*", "node:os", "node:process"],
              message: "Pure folder: take a Disk, a Clock or a transport as a parameter.",
            },
          ],
        },
      ],
    },
  },
  ...svelte.configs.recommended,
  {
    files: ["renderer/**/*.svelte", "renderer/**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: tseslint.parser, extraFileExtensions: [".svelte"] } },
  },
  {
    files: ["renderer/**"],
    languageOptions: { globals: Object.fromEntries(["window", "document", "navigator", "location", "localStorage", "WebSocket", "requestAnimationFrame", "cancelAnimationFrame", "matchMedia", "ResizeObserver", "setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "console", "atob", "btoa", "TextEncoder", "TextDecoder", "URL", "Blob"].map((name) => [name, "readonly"])) },
    // a Map or Set in a store is a plain index that is replaced or read as a whole; reactivity hangs on the $state around it
    rules: { "no-undef": "off", "svelte/prefer-svelte-reactivity": "off" },
  },
  {
    files: ["tools/**/*.mjs", "*.js", "*.cjs", "*.config.ts"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly", setInterval: "readonly", clearInterval: "readonly", setTimeout: "readonly", clearTimeout: "readonly", AbortController: "readonly", fetch: "readonly", module: "writable" } },
    rules: { "no-console": "off" },
  },
  // a terminal speaks in control characters; a private rune is read by the template
  { rules: { "no-control-regex": "off", "no-unused-private-class-members": "off" } },
  { files: ["test/simulation/**", "test/bench/**", "test/window/screens.ts", "test/window/serve-recorded.ts"], rules: { "no-console": "off" } },
);
