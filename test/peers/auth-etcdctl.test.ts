/** Commands about users, roles and auth: our etcdctl against a real etcd, and the real one against ours, print the same. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import { havePeers, needsPeers, realEtcdctl, realMinor } from "./harness/programs.ts";

vi.setConfig({ testTimeout: 120_000 });

const ourCtl = resolve("dist/bin/etcdctl");
const absent = [...(havePeers ? [] : [needsPeers]), ...(existsSync(ourCtl) ? [] : ["needs dist/bin: npm run build"])];

/** Arguments, and what stdin holds. */
type Line = readonly [command: string, input?: string];

const script: readonly Line[] = [
  ["user add root", "rootpw\nrootpw\n"],
  ["user add x", "one\ntwo\n"],
  ["user add x", "\n"],
  ["user add :pw"],
  ["user add"],
  ["auth enable now"],
  ["auth enable"],
  ["user list"],
  ["--user=root:rootpw user list"],
  ["--user=root user list", "rootpw\n"],
  ["--user=root:wrong user list"],
  ["--user=root:rootpw user add alice:alicepw"],
  ["--user=root:rootpw user add alice:alicepw"],
  ["--user=root:rootpw user add bob --interactive=false", "bobpw\n"],
  ["--user=root:rootpw user add cn --no-password"],
  ["--user=root:rootpw user list"],
  ["--user=root:rootpw role add r"],
  ["--user=root:rootpw role add"],
  ["--user=root:rootpw role grant-permission r readwrite foo"],
  ["--user=root:rootpw role grant-permission r READ a --prefix"],
  ["--user=root:rootpw role grant-permission r write z --from-key"],
  ["--user=root:rootpw role grant-permission r read k m"],
  ["--user=root:rootpw role grant-permission r all k"],
  ["--user=root:rootpw role grant-permission r read k m --prefix"],
  ["--user=root:rootpw role grant-permission r read k m --from-key"],
  ["--user=root:rootpw role grant-permission r read k --prefix --from-key"],
  ["--user=root:rootpw role grant-permission r read"],
  ["--user=root:rootpw role grant-permission none read k"],
  ["--user=root:rootpw role get r"],
  ["--user=root:rootpw role get r -w json"],
  ["--user=root:rootpw role get r -w fields"],
  ["--user=root:rootpw role get r -w table"],
  // 3.4 says nothing about what root may do
  ...(realMinor === "3.4" ? [] : ([["--user=root:rootpw role get root"]] as const)),
  ["--user=root:rootpw role get none"],
  ["--user=root:rootpw role list"],
  ["--user=root:rootpw role list -w fields"],
  ["--user=root:rootpw user grant-role alice r"],
  ["--user=root:rootpw user grant-role alice none"],
  ["--user=root:rootpw user grant-role alice"],
  ["--user=root:rootpw user get alice"],
  ["--user=root:rootpw user get alice --detail"],
  ["--user=root:rootpw user get alice -w json"],
  ["--user=root:rootpw user get alice -w fields"],
  ["--user=alice:alicepw user get alice"],
  ["--user=alice:alicepw user get bob"],
  ["--user=alice:alicepw role get r"],
  ["--user=alice:alicepw put foo bar"],
  ["--user=alice:alicepw put fop bar"],
  ["--user=alice:alicepw get a --prefix"],
  ["--user=alice:alicepw get a b"],
  ["--user=alice:alicepw get a c"],
  ["--user=alice:alicepw get z"],
  ["--user=alice:alicepw del z --from-key"],
  // in 3.4 everybody may compact
  ...(realMinor === "3.4" ? [] : ([["--user=alice:alicepw compaction 1"]] as const)),
  ["--user=alice:alicepw member add m9 --peer-urls=http://127.0.0.1:1"],
  ["--user=cn:x get foo"],
  ["--user=root:rootpw user passwd alice --interactive=false", "newpw\n"],
  ["--user=root:rootpw user passwd bob", "b2\nb2\n"],
  ["--user=alice:alicepw get foo"],
  ["--user=alice:newpw get foo"],
  ["--user=bob:b2 user get bob"],
  ["--user=root:rootpw role revoke-permission r a --prefix"],
  ["--user=root:rootpw role revoke-permission r z --from-key"],
  ["--user=root:rootpw role revoke-permission r k m"],
  ["--user=root:rootpw role revoke-permission r foo"],
  ["--user=root:rootpw role revoke-permission r foo"],
  ["--user=root:rootpw user revoke-role alice r"],
  ["--user=root:rootpw user revoke-role alice r"],
  ["--user=root:rootpw user revoke-role root root"],
  ["--user=root:rootpw user delete root"],
  ["--user=root:rootpw user delete bob -w json"],
  ["--user=root:rootpw role delete r"],
  ["--user=root:rootpw auth disable"],
  ["user list"],
];

describe.skipIf(absent.length > 0)(`etcdctl auth, user and role (${absent.join("; ") || "against Debian's etcd 3.4"})`, () => {
  const clusters: ClusterProcesses[] = [];
  afterEach(async () => {
    await Promise.all(clusters.splice(0).map((cluster) => cluster.end()));
  });

  const runScript = async (program: readonly string[], real: boolean): Promise<string[]> => {
    const cluster = await ClusterProcesses.create();
    clusters.push(cluster);
    await cluster.startNew([real], ["--bcrypt-cost=4"]);
    const said: string[] = [];
    for (const [command, input] of script) {
      said.push(
        await new Promise<string>((done) => {
          const child = execFile(program[0]!, [...program.slice(1), "--endpoints", cluster.endpoints[0]!, ...command.split(" ")], { env: { ...process.env, ETCDCTL_API: "3" } }, (error, stdout, stderr) => {
            // the rest of stderr is the client's log
            const failure = stderr.split("\n").filter((line) => line.startsWith("Error: "));
            const settled = stdout.replace(/"(cluster_id|member_id|raft_term)":\d+/g, '"$1":0').replace(/"(ClusterID|MemberID|RaftTerm)" : \d+/g, '"$1" : 0');
            done(`${command}\n${settled}${failure.join("\n")} exit ${error === null ? 0 : String(error.code)}`);
          });
          // one that asks nothing may be gone before it is told
          child.stdin!.on("error", () => undefined);
          child.stdin!.end(input ?? "");
        }),
      );
    }
    return said;
  };

  it("ours speaks to a real member as the real one does, and the real one to ours", async () => {
    const expected = await runScript([realEtcdctl!], true);
    expect(await runScript([process.execPath, ourCtl], true)).toEqual(expected);
    expect(await runScript([realEtcdctl!], false)).toEqual(expected);
  });
});
