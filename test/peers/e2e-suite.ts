/**
 * etcd 3.4's own end-to-end suite, as Debian ships its source (golang-etcd-server-dev), built with Go and run against programs in a
 * folder. Its ports are fixed, so one run at a time.
 */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const GOPATH = "/usr/share/gocode";
const SOURCE = join(GOPATH, "src/go.etcd.io/etcd");

export const SUITE_FROM = "needs Go and etcd 3.4's sources: apt-get install golang-go golang-etcd-server-dev";

const hasGo = (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, "go")));
export const hasSuite = hasGo && existsSync(join(SOURCE, "tests/e2e"));

const run = promisify(execFile);

export type Verdict = "PASS" | "FAIL" | "SKIP";

export interface SuiteResult {
  readonly test: string;
  readonly verdict: Verdict;
  /** what the suite said of it, where it failed */
  readonly said: string;
}

export class EtcdSuite {
  private constructor(
    private readonly program: string,
    /** its tests' relative paths start here */
    private readonly cwd: string,
    private readonly fixtures: string,
  ) {}

  /** Builds it in a folder of its own, which the caller removes. */
  static async build(): Promise<{ suite: EtcdSuite; folder: string }> {
    const folder = mkdtempSync(join(tmpdir(), "etcd-suite-"));
    const program = join(folder, "e2e.test");
    const cwd = join(folder, "tests/e2e");
    const fixtures = join(folder, "integration/fixtures");
    mkdirSync(cwd, { recursive: true });
    cpSync(join(SOURCE, "integration/fixtures"), fixtures, { recursive: true });
    await run("go", ["test", "-c", "-o", program, "."], { cwd: join(SOURCE, "tests/e2e"), env: { ...process.env, GO111MODULE: "off", GOPATH, GOFLAGS: "" } });
    return { suite: new EtcdSuite(program, cwd, fixtures), folder };
  }

  async names(): Promise<readonly string[]> {
    const { stdout } = await run(this.program, ["-test.list", ".*"], { cwd: this.cwd });
    return stdout.split("\n").filter((name) => name.startsWith("Test"));
  }

  /**
   * Runs tests in one process; a panic of the suite ends it, and what did not run then counts as failed.
   * @param binDir folder with etcd and etcdctl
   */
  async run(tests: readonly string[], binDir: string, timeoutSeconds: number): Promise<readonly SuiteResult[]> {
    const args = ["-test.v", `-test.timeout=${timeoutSeconds}s`, `-test.run=^(${tests.join("|")})$`, `-bin-dir=${binDir}`, `-cert-dir=${this.fixtures}`];
    const output = await run(this.program, args, { cwd: this.cwd, maxBuffer: 1 << 28 }).then(
      ({ stdout }) => stdout,
      (error: { stdout?: string; message: string }) => error.stdout ?? error.message,
    );
    return tests.map((test) => {
      const verdict = (new RegExp(`^--- (PASS|FAIL|SKIP): ${test} `, "m").exec(output)?.[1] ?? "FAIL") as Verdict;
      const said = verdict === "FAIL" ? (/^ {4}\S+_test\.go:\d+: .*$/m.exec(output.slice(output.indexOf(`=== RUN   ${test}\n`)))?.[0].trim() ?? "") : "";
      return { test, verdict, said };
    });
  }
}
