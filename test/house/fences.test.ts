/** The fences of the house really bite: one deliberate violation a rule, in a copy of the folder map, must be reported. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const project = fileURLToPath(new URL("../../", import.meta.url));

/** importing file, imported file or package, words the report must contain */
const violations = [
  ["core/raft/a.ts", "core/wal/b.ts", "core/raft imports only what stands below it"],
  ["core/bbolt/a.ts", "core/mvcc/b.ts", "core/bbolt imports only what stands below it"],
  ["core/proto/a.ts", "core/server/b.ts", "core/proto imports only what stands below it"],
  ["core/mvcc/a.ts", "core/rpc/b.ts", "core/mvcc imports only what stands below it"],
  ["core/server/a.ts", "core/cli/etcd/b.ts", "core/server imports only what stands below it"],
  ["core/client/a.ts", "core/rpc/b2.ts", "core/client imports only what stands below it"],
  ["core/grpc-proxy/a.ts", "core/cli/etcd/b3.ts", "core/grpc-proxy imports only what stands below it"],
  ["core/rpc/a2.ts", "core/grpc-proxy/b.ts", "core/rpc imports only what stands below it"],
  ["core/shell/a.ts", "core/lab/b.ts", "core/shell imports only what stands below it"],
  ["core/cli/etcdctl/a.ts", "core/backend/b.ts", "core/cli/etcdctl imports only what stands below it"],
  ["core/lab/contract/a.ts", "core/lab/b3.ts", "core/lab/contract imports only what stands below it"],
  ["core/lab/c.ts", "core/drills/b.ts", "core/lab imports only what stands below it"],
  ["core/drills/a.ts", "core/server/b5.ts", "core/drills imports only what stands below it"],
  ["core/somewhere/a.ts", "core/proto/b.ts", "no folder of core without a rule"],
  ["renderer/a.ts", "core/lab/b4.ts", "renderer imports only the contract of the lab"],
  ["core/lab/a.ts", "electron/b.ts", "core knows neither electron nor svelte"],
  ["core/rpc/a.ts", "@grpc/grpc-js", "grpc-js and etcd3 are for tests"],
] as const;

describe("import directions", () => {
  let folder: string;
  let report: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fences-"));
    symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { module: "esnext", moduleResolution: "bundler", allowImportingTsExtensions: true, noEmit: true } }));
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    for (const [from, to] of violations) {
      const isFile = to.endsWith(".ts");
      const depth = from.split("/").length - 1;
      write(from, `import { thing } from "${isFile ? `${"../".repeat(depth)}${to}` : to}";\nexport const used = thing;\n`);
      if (isFile) write(to, "export const thing = 1;\n");
    }
    write("test/one.ts", 'import { two } from "./two.ts";\nexport const one = (): number => two();\n');
    write("test/two.ts", 'import { one } from "./one.ts";\nexport const two = (): number => one();\n');
    const program = join(project, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
    try {
      report = execFileSync(process.execPath, [program, "--config", join(project, ".dependency-cruiser.cjs"), "core", "renderer", "electron", "test"], { cwd: folder, encoding: "utf8" });
    } catch (error) {
      // it ends with the number of violations
      report = String((error as { stdout: unknown }).stdout);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const [from, to, rule] of violations) {
    test(`${from} may not import ${to}`, () => {
      const line = report.split("\n").find((one) => one.includes(rule) && one.includes(from));
      expect(line, report).toBeDefined();
    });
  }
  test("cycles are reported", () => {
    expect(report).toMatch(/no cycles: test\/(one|two)\.ts/);
  });
});
