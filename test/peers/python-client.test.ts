/** Python's client (Debian's python3-etcd3) against a member of ours and a real one: it sees the same. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MemberProcess } from "./harness/member-process.ts";
import { freePorts } from "./harness/ports.ts";
import { hasRealEtcd, type RealEtcd, startRealEtcd, WHERE_FROM } from "./rpc-real-etcd.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("python-client.py", import.meta.url));
/** A Python that has the client; the system's first, since that is where Debian puts it. */
const python = ["/usr/bin/python3", "python3"].find((program) => spawnSync(program, ["-c", "import etcd3"]).status === 0);

describe.skipIf(!hasRealEtcd || python === undefined)(`python's client (needs python3-etcd3: apt-get install python3-etcd3; ${WHERE_FROM})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "python-"));
  let real: RealEtcd;
  let member: MemberProcess;

  beforeAll(async () => {
    const [clientPort, peerPort] = (await freePorts(2)) as [number, number];
    member = new MemberProcess({ name: "m1", folder, clientPort, peerPort });
    real = await startRealEtcd();
    await member.start(`m1=${member.peerUrl}`, "new");
    await member.ready();
  });
  afterAll(async () => {
    await member.stop();
    await real.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("sees the same of both", { timeout: 120_000 }, async () => {
    const see = async (url: string): Promise<unknown[]> => JSON.parse((await run(python!, [script, new URL(url).port])).stdout) as unknown[];
    const [theirs, ours] = await Promise.all([see(real.url), see(member.clientUrl)]);
    expect(ours).toEqual(theirs);
    expect(ours!.length).toBeGreaterThan(20);
  });
});
