/** What people write: configuration, command lines, transactions and shell scripts. Any text is understood or refused in words. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { FlagError, parseFlags } from "../../core/cli/etcd/flag-set.ts";
import { FlagValues, settingsOf } from "../../core/cli/etcd/settings.ts";
import { readConfigFile } from "../../core/cli/etcd/sources.ts";
import { splitWords } from "../../core/cli/etcdctl/commands/arguments.ts";
import { opFromWords } from "../../core/cli/etcdctl/commands/kv-requests.ts";
import { parseCompare } from "../../core/cli/etcdctl/commands/txn.ts";
import { commandsOf, readSource } from "../../core/shell/language/syntax.ts";
import { CASES, fuzz, FUZZ_TIMEOUT_MS } from "./mutate.ts";

const folder = mkdtempSync(join(tmpdir(), "fuzz-texts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** None of those that the language throws when something was not thought of. */
const isOurs = (error: unknown): boolean => error instanceof Error && ![TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError].some((kind) => error instanceof kind);

describe("etcd's configuration", () => {
  const files = [
    "name: m1\ndata-dir: /tmp/x\nlisten-client-urls: http://127.0.0.1:2379\nadvertise-client-urls: http://127.0.0.1:2379\nheartbeat-interval: 100\nauto-compaction-retention: '5m'\nclient-transport-security:\n  cert-file: a.pem\n  client-cert-auth: true\nlog-outputs: [stderr]\n",
    'initial-cluster: "a=http://1.2.3.4:2380,b=http://[::1]:2380"\nquota-backend-bytes: 8589934592\nstrict-reconfig-check: false\nfeature-gates: "InitialCorruptCheck=true"\n',
  ].map((text) => Buffer.from(text));
  it("any file is settings or refused", { timeout: FUZZ_TIMEOUT_MS }, () =>
    fuzz(
      files,
      async (input) => {
        const path = join(folder, "etcd.yml");
        writeFileSync(path, input);
        const { values } = await readConfigFile(path);
        settingsOf(new FlagValues(values));
      },
      isOurs,
      Math.ceil(CASES / 4),
    ));

  const lines = ["--name=m1 --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379 --initial-cluster m1=http://127.0.0.1:2380 --heartbeat-interval=100", "--auto-compaction-mode=revision --auto-compaction-retention 1000 --snapshot-count 5 --log-level debug -- x"];
  it("any command line is settings or refused", { timeout: FUZZ_TIMEOUT_MS }, () =>
    fuzz(
      lines.map((line) => Buffer.from(line)),
      (input) => settingsOf(new FlagValues(parseFlags(input.toString().split(" ")).values)),
      (error) => error instanceof FlagError || isOurs(error),
    ));
});

describe("etcdctl's transactions", () => {
  it("any comparison is one or refused", { timeout: FUZZ_TIMEOUT_MS }, () =>
    fuzz(['value("k") = "v"', 'mod("key \\"q\\"") > "5"', 'lease("a") != "1a"', 'create("x")<"0"'].map((text) => Buffer.from(text)), (input) => parseCompare(input.toString()), isOurs));
  it("any operation is one or refused", { timeout: FUZZ_TIMEOUT_MS }, () =>
    fuzz(
      ['put "a b" v --lease=1 --prev-kv', "get a --prefix --limit 3 --sort-by KEY --order ASCEND", "del a --from-key", "put k 'single' \\x"].map((text) => Buffer.from(text)),
      (input) => opFromWords(splitWords(input.toString())),
      isOurs,
    ));
});

describe("the shell", () => {
  it("any text is a script, half of one, or wrong", { timeout: FUZZ_TIMEOUT_MS }, () =>
    fuzz(
      ["for i in 1 2 3; do etcdctl put k$i \"v $i\" | cat; done", "x=$(cat <<EOF\nhi $y\nEOF\n); [[ $x == a* ]] && echo ${x:1:2} > f 2>&1 &", "case $a in x|y) f() { ls; };; *) :;; esac", "while read -r l; do ((n+=1)); done < <(cat f); echo {a,b}{1..3} `date` $'\\n'"].map((text) => Buffer.from(text)),
      (input) => {
        const text = input.toString();
        readSource(text);
        for (const _command of commandsOf(text));
      },
      isOurs,
    ));
});
