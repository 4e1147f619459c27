/** READY=1 as systemd gets it: a datagram socket that python3 reads, for Node.js has no unix datagrams; ours beside a real etcd. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import { realEtcd } from "./harness/programs.ts";

vi.setConfig({ testTimeout: 120_000 });

function works(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

const absent = ["python3", "systemd-notify"].filter((program) => !works(program)).map((program) => `needs ${program}: apt-get install ${program === "python3" ? program : "systemd"}`);

/** Prints "bound", then what comes, as one line. */
const listener = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
print(s.recv(4096).decode().replace("\\n", " "), flush=True)
`;

describe.skipIf(absent.length > 0)(`readiness for systemd (${absent.join("; ") || "with python3 and systemd-notify"})`, () => {
  let cluster: ClusterProcesses;
  beforeEach(async () => {
    cluster = await ClusterProcesses.create();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await cluster.end();
  });

  it.each([["ours", false] as const, ...(realEtcd === undefined ? [] : [["a real etcd", true] as const])])("%s says READY=1, and serves by then", async (_whose, real) => {
    const path = join(cluster.folder, "notify");
    const python = spawn("python3", ["-c", listener, path], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      let heard = "";
      python.stdout.on("data", (chunk: Buffer) => (heard += chunk.toString()));
      while (!heard.includes("bound\n")) await once(python.stdout, "data");
      vi.stubEnv("NOTIFY_SOCKET", path);
      const member = await cluster.add("m1", { real });
      await member.start(`m1=${member.peerUrl}`, "new");
      await once(python, "exit");
      expect(heard.split("\n")[1]).toMatch(/^READY=1( |$)/);
      await member.healthy();
      if (!real) await member.said(/successfully notified init daemon/);
    } finally {
      python.kill("SIGKILL");
    }
  });

  it("a socket that is not there is told and ends nothing", async () => {
    vi.stubEnv("NOTIFY_SOCKET", join(cluster.folder, "nobody"));
    await cluster.startNew([false]);
    const [member] = cluster.members;
    await member!.said(/failed to notify systemd for readiness/);
    await member!.healthy();
  });
});
