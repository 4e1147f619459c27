/** v2's users, roles and auth: what etcdctl's v2 commands print, our program and the real 3.4 one, each against a real 3.4 member and against ours. */
import { execFile } from "node:child_process";
import { afterEach, describe, expect, it, vi } from "vitest";
import { etcdctl } from "../../core/cli/etcdctl/index.ts";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import { havePeers, needsPeers, realEtcdctl, realMinor } from "./harness/programs.ts";
import { type ProgramOutcome, runProgram } from "./program-run.ts";

vi.setConfig({ testTimeout: 180_000 });

const env = { ETCDCTL_API: "2" };
const ours = (argv: readonly string[], input: string): Promise<ProgramOutcome> => runProgram(etcdctl, argv, input, env);
const real = (argv: readonly string[], input: string): Promise<ProgramOutcome> =>
  new Promise((done) => {
    const child = execFile(realEtcdctl!, argv, { env: { ...process.env, ...env } }, (error, stdout, stderr) => done({ code: error === null ? 0 : Number(error.code), stdout, stderr }));
    // one that asks nothing may be gone before it is told
    child.stdin!.on("error", () => undefined);
    child.stdin!.end(input);
  });

/** Arguments, and what stdin holds. */
type Line = readonly [command: string, input?: string];

const script: readonly Line[] = [
  ["user list"],
  ["role list"],
  ["user get none"],
  ["role get none"],
  ["user remove none"],
  ["role remove none"],
  ["auth enable"],
  ["user add"],
  ["user add root:rootpw"],
  // one that is there gets the new password
  ["user add root:again"],
  ["user add root:rootpw"],
  ["user add x", "xpw\n"],
  ["user add empty:"],
  ["user add a/b:pw"],
  ["user list"],
  ["user get root"],
  ["user get x"],
  ["role add root"],
  ["role add r"],
  ["role add r"],
  ["role add guest"],
  ["role list"],
  ["role get r"],
  ["role get root"],
  ["role grant r"],
  ["role grant --path=/a/* r"],
  ["role grant --path=/a/* --read --write r"],
  ["role grant --path=/a//b --read r"],
  ["role grant --path=/a/* --read r"],
  ["role grant --path=/a/* --read r"],
  ["role grant --path=/b --readwrite r"],
  ["role grant --path=/c/* --write none"],
  ["role grant --path=/d* --write r"],
  ["role get r"],
  ["role revoke --path=/nowhere --read r"],
  ["role revoke --path=/d* --write r"],
  ["role revoke --path=/a/* --read root"],
  ["user grant x"],
  ["user grant --roles r x"],
  ["user grant --roles r x"],
  ["user grant --roles r,none x"],
  ["user grant --roles r none"],
  ["user revoke --roles none x"],
  ["user grant --roles root x"],
  ["user get x"],
  ["user revoke --roles root x"],
  ["user get x"],
  ["set /a/k 1"],
  ["set /b 1"],
  ["set /z 1"],
  ["auth enable"],
  ["auth enable"],
  ["user list"],
  ["set /z guest"],
  ["get /z"],
  ["user add late:pw"],
  ["--username root:rootpw user list"],
  ["--username root:wrong user list"],
  ["--username x:xpw user list"],
  ["--username x:xpw get /a/k"],
  ["--username x:xpw set /a/k 2"],
  ["--username x:xpw set /b 2"],
  ["--username x:xpw get /z"],
  ["--username x:wrong get /a/k"],
  ["--username none:pw get /a/k"],
  ["--username root:rootpw role get guest"],
  ["--username root:rootpw role revoke --path=/* --readwrite guest"],
  ["--username root:rootpw role get guest"],
  ["get /z"],
  ["set /z no"],
  ["ls /"],
  ["--username x:xpw ls /"],
  ["--username x:xpw ls /a"],
  ["--username x:xpw rm /b"],
  ["--username root:rootpw ls --recursive /"],
  ["--username root:rootpw user passwd x", "newpw\n"],
  ["--username x:xpw get /a/k"],
  ["--username x:newpw get /a/k"],
  ["--username root:rootpw user passwd none", "pw\n"],
  ["--username root:rootpw role remove r"],
  ["--username root:rootpw user get x"],
  ["--username x:newpw get /a/k"],
  ["--username root:rootpw role remove root"],
  ["--username root:rootpw user remove root"],
  ["--username root:rootpw user remove x"],
  ["--username x:newpw get /a/k"],
  ["--username x:newpw auth disable"],
  ["auth disable"],
  ["--username root:rootpw auth disable"],
  ["--username root:rootpw auth disable"],
  ["user remove root"],
  ["user list"],
  ["role list"],
];

describe.skipIf(!havePeers || realMinor !== "3.4")(`v2's auth, user and role (${needsPeers} 3.4)`, () => {
  const clusters: ClusterProcesses[] = [];
  afterEach(async () => {
    await Promise.all(clusters.splice(0).map((cluster) => cluster.end()));
  });

  const runScript = async (program: typeof ours, isReal: boolean): Promise<string[]> => {
    const cluster = await ClusterProcesses.create();
    clusters.push(cluster);
    await cluster.startNew([isReal], ["--enable-v2=true"]);
    const [endpoint] = cluster.endpoints;
    const said: string[] = [];
    for (const [command, input = ""] of script) {
      const { code, stdout, stderr } = await program(["--endpoints", endpoint!, ...command.split(" ")], input);
      // an index is a revision in ours; and the real one minds that its input is no terminal
      const failure = stderr.replace(/^stty: .*\n/gm, "").replaceAll(endpoint!, "ENDPOINT").replace(/ \[\d+\]$/gm, " [N]");
      // a real v2 tree tells a directory's nodes in any order
      const told = /\bls\b/.test(command) ? stdout.split(/(?<=\n)/).sort().join("") : stdout;
      said.push(`${command}\n${told}${failure}exit ${code}`);
    }
    return said;
  };

  it("ours speaks to a real member as the real one does, and either to ours", async () => {
    const expected = await runScript(real, true);
    expect(await runScript(ours, true)).toEqual(expected);
    expect(await runScript(real, false)).toEqual(expected);
    expect(await runScript(ours, false)).toEqual(expected);
  });
});
