/**
 * All of etcd 3.4's end-to-end suite, test by test, with ours and with real programs where they are installed:
 * `node tools/run-ts.mjs test/peers/e2e-table.ts [--real FOLDER] [PATTERN]`. Prints a row of e2e-3.4.md for each test, with the reason from e2e-reasons.ts
 * where a failure has one; the exit code is 1 where one has none.
 */
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { reasons } from "./e2e-reasons.ts";
import { EtcdSuite, hasSuite, SUITE_FROM, type SuiteResult } from "./e2e-suite.ts";

const TEST_SECONDS = 150;

const args = process.argv.slice(2);
const at = args.indexOf("--real");
const real = at < 0 ? undefined : args.splice(at, 2)[1];
const pattern = new RegExp(args[0] ?? "");

if (!hasSuite) {
  process.stderr.write(`etcd 3.4's end-to-end suite ${SUITE_FROM}\n`);
  process.exit(1);
}

/** Nothing for what passes; where a failure is decided, the decision; otherwise the suite's own words. */
function reasonOf(test: string, { verdict, said }: SuiteResult): string {
  return verdict === "FAIL" ? (reasons[test] ?? said) : "";
}

const { suite, folder } = await EtcdSuite.build();
let failed = 0;
try {
  process.stdout.write("| test | ours | real | reason, or what it said |\n|---|---|---|---|\n");
  for (const test of (await suite.names()).filter((name) => pattern.test(name))) {
    const [ours] = await suite.run([test], fileURLToPath(new URL("../../dist/bin", import.meta.url)), TEST_SECONDS);
    const theirs = real === undefined ? undefined : (await suite.run([test], real, TEST_SECONDS))[0];
    if (ours!.verdict === "FAIL" && reasons[test] === undefined) failed++;
    process.stdout.write(`| ${test} | ${ours!.verdict} | ${theirs?.verdict ?? "-"} | ${reasonOf(test, ours!).replaceAll("|", "\\|")} |\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
