import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeClock } from "../platform/node/clock.ts";
import { nodeDisk } from "../platform/node/disk.ts";
import { Metadata } from "../proto/gen/v2pb.ts";
import { Entry, HardState } from "../proto/gen/raftpb.ts";
import { readWal } from "../wal/read-records.ts";
import { repairWal } from "../wal/repair.ts";
import { Wal } from "../wal/wal.ts";
import { FileFaults } from "./file-faults.ts";
import { certificateFiles } from "./certificate-files.ts";
import { HostTree } from "./host-tree.ts";
import { LabPki, PKI } from "./labs/lab-pki.ts";
import type { LabHostMachine } from "./lab-host.ts";

const DATA = "/var/lib/etcd";
let folder: string;
let host: LabHostMachine;
const running = { yes: false };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "quorum-lab-faults-"));
  mkdirSync(join(folder, "hosts", "m1"), { recursive: true });
  running.yes = false;
  const files = new HostTree(join(folder, "hosts", "m1"));
  host = {
    name: "m1",
    files,
    dataDirectory: () => DATA,
    get memberRuns() {
      return running.yes;
    },
    certificates: "this member has no certificate: the lab runs without TLS",
  } as Partial<LabHostMachine> as LabHostMachine;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const real = (name: string): string => host.files.real(`${DATA}/${name}`);
const faults = (): FileFaults => new FileFaults(folder, () => 7);

async function writeLog(entries: number): Promise<string> {
  const wal = await Wal.create(nodeDisk, real("member/wal"), Metadata.encode({ nodeID: 1n, clusterID: 2n }), { clock: nodeClock, segmentBytes: 65_536 });
  for (let index = 1; index <= entries; index++) {
    const entry = Entry.create({ term: 1, index, data: Buffer.alloc(200, 65 + (index % 20)) });
    await wal.save(HardState.create({ term: 1, vote: 1n, commit: index - 1 }), [entry]);
  }
  await wal.close();
  return "member/wal/0000000000000000-0000000000000000.wal";
}

const read = () => readWal(nodeDisk, real("member/wal"), { index: 0, term: 0 });

describe("faults of files", () => {
  it("a flipped bit in the log is what the log's reader refuses, and undoing it makes the log readable again", async () => {
    const file = await writeLog(20);
    const before = readFileSync(real(file));
    const made = faults();
    for (const region of ["start", "middle", "end"] as const) {
      const fault = await made.flip(host, { file, region, offset: 0, bit: 3 });
      expect(fault).toMatchObject({ kind: "flipped-bit", host: "m1", text: expect.stringContaining(`${DATA}/${file} on m1 is flipped (in record`) });
      expect(readFileSync(real(file)).equals(before)).toBe(false);
      await expect(read()).rejects.toThrow();
      expect(made.undo(fault.id)).toBe("");
      expect(readFileSync(real(file)).equals(before)).toBe(true);
    }
    expect((await read()).entries).toHaveLength(20);
  });

  it("a torn last write is one that the log repairs, and what was repaired is not put back", async () => {
    const file = await writeLog(20);
    const before = readFileSync(real(file));
    const made = faults();
    const torn = await made.damage(host, "torn-write");
    // what a lab that is opened again knows
    const again = faults();
    expect(again.list()).toEqual([torn]);
    expect(again.undo(torn.id)).toBe("");
    expect(readFileSync(real(file)).equals(before)).toBe(true);
    const twice = await again.damage(host, "torn-write");
    expect(twice.id).not.toBe(torn.id);
    await repairWal(nodeDisk, real("member/wal"));
    expect((await read()).entries.length).toBeLessThan(20);
    expect(again.undo(twice.id)).toBe("it was written over since, and stays as it is");
    expect(again.list()).toEqual([]);
  });

  it("only a crash tears a write: not while the member runs, and not where there is no log", async () => {
    await expect(faults().damage(host, "torn-write")).rejects.toThrow("there is no /var/lib/etcd/member/wal on m1");
    running.yes = true;
    await expect(faults().damage(host, "torn-write")).rejects.toThrow("stop or kill etcd on m1 first");
  });

  it("a deleted data-dir comes back whole, over what a failed start left but not over new data", async () => {
    await writeLog(3);
    const made = faults();
    const fault = await made.damage(host, "data-deleted");
    expect(existsSync(host.files.real(DATA))).toBe(false);
    mkdirSync(real("member/snap"), { recursive: true });
    expect(made.undo(fault.id)).toBe("");
    expect((await read()).entries).toHaveLength(3);
    const again = await made.damage(host, "data-deleted");
    await writeLog(1);
    expect(made.undo(again.id)).toMatch(/^there is new data; the old stays at /);
    expect((await read()).entries).toHaveLength(1);
  });

  it("the certificates of a lab with TLS expire, by its own authority, and come back; what the user put in their place stays", async () => {
    LabPki.open(folder, () => Date.now()).furnish(host.files, { host: "m1", address: "127.0.0.1", clientPort: 2379, peerPort: 2380 });
    const section = (cert: string): string => JSON.stringify({ "cert-file": cert, "trusted-ca-file": PKI.ca });
    const found = certificateFiles(new Map([["client-transport-security", section(PKI.serverCert)], ["peer-transport-security", section(PKI.peerCert)]]), host.files);
    expect(found).toEqual({ certificates: [PKI.serverCert, PKI.peerCert], authority: PKI.ca, authorityKey: PKI.caKey });
    const secure = { name: "m1", files: host.files, certificates: found } as unknown as LabHostMachine;
    const read = (path: string): Buffer => readFileSync(host.files.real(path));
    const before = [read(PKI.serverCert), read(PKI.peerCert)];
    const made = new FileFaults(folder, () => Date.now());
    const fault = await made.damage(secure, "certificate-expired");
    for (const path of [PKI.serverCert, PKI.peerCert]) {
      const certificate = new X509Certificate(read(path));
      expect(Date.parse(certificate.validTo)).toBeLessThan(Date.now());
      expect(certificate.verify(new X509Certificate(read(PKI.ca)).publicKey)).toBe(true);
    }
    writeFileSync(host.files.real(PKI.peerCert), "renewed");
    expect(made.undo(fault.id)).toBe("peer.crt was replaced since, and stays as it is");
    expect(read(PKI.serverCert).equals(before[0]!)).toBe(true);
    expect(read(PKI.peerCert).toString()).toBe("renewed");
    expect(certificateFiles(new Map([["name", "m1"]]), host.files)).toContain("runs without TLS");
  });

  it("a byte that is named must be there, and a file too; a certificate that is not there has its reason", async () => {
    const path = real("note");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "abc");
    await expect(faults().flip(host, { file: "note", region: "offset", offset: 3, bit: 0 })).rejects.toThrow("has 3 bytes");
    await expect(faults().flip(host, { file: "none", region: "start", offset: 0, bit: 0 })).rejects.toThrow("there is no /var/lib/etcd/none on m1");
    await faults().flip(host, { file: "note", region: "offset", offset: 1, bit: 0 });
    expect(readFileSync(path, "utf8")).toBe("acc");
    await expect(faults().damage(host, "certificate-expired")).rejects.toThrow("the lab runs without TLS");
  });
});
