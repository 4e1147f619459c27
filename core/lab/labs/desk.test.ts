import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeClock } from "../../platform/node/clock.ts";
import { WindowSession } from "../carrier/window-session.ts";
import type { HostFrame } from "../contract/protocol.ts";
import { LAB_TEMPLATES, type LabShape, type LabSummary } from "../contract/labs.ts";
import { createLab, type Lab } from "../lab.ts";
import { type FakeMember, fakeMembers } from "../testing/fake-members.ts";
import { LabCatalogue } from "./catalogue.ts";
import { LabDesk } from "./desk.ts";
import { LabPki, PKI } from "./lab-pki.ts";
import { HostTree } from "../host-tree.ts";

let base: string;
let catalogue: LabCatalogue;
let desk: LabDesk;
let members: readonly FakeMember[];
let open: (folder: string, id: string) => Promise<Lab>;

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), "quorum-desk-"));
  catalogue = new LabCatalogue({ folder: join(base, "labs"), saved: join(base, "saved"), version: "0", now: () => Date.now() });
  const fakes = fakeMembers();
  members = fakes.started;
  open = (folder, id) =>
    createLab({ folder, id, otherBlocks: catalogue.otherBlocks(id), name: "lab", members: 1, version: "0", clock: nodeClock, spawnMember: fakes.spawn, etcdProgram: "/nowhere/etcd", programs: {} });
  desk = await LabDesk.begin({ catalogue, open }, join(base, "lab"));
  desk.first.start();
});
afterEach(async () => {
  await desk.close();
  rmSync(base, { recursive: true, force: true });
});

const shape: LabShape = { ...LAB_TEMPLATES[0]!.shape, voters: 2 };

/** A window that keeps what it is told. */
class TestWindow {
  readonly frames: HostFrame[] = [];
  readonly session = new WindowSession(desk, (frame) => this.frames.push(frame));
  private next = 1;
  constructor() {
    this.session.start();
  }
  get shown(): string {
    const last = this.frames.findLast((frame) => frame.type === "snapshot");
    return last?.type === "snapshot" ? last.state.lab.name : "";
  }
  async ask<T = unknown>(name: string, args: unknown = {}): Promise<T> {
    const id = this.next++;
    await this.session.receive({ type: "command", id, name, args });
    const reply = this.frames.find((frame) => frame.type === "reply" && frame.id === id);
    if (reply?.type !== "reply") throw new Error("no reply");
    if (!reply.ok) throw Object.assign(new Error(reply.error.message), { code: reply.error.code });
    return reply.value as T;
  }
  async labs(): Promise<Record<string, string>> {
    const { labs } = await this.ask<{ labs: LabSummary[] }>("labs.list");
    return Object.fromEntries(labs.map((lab) => [lab.name, `${lab.state}${lab.shown ? ", shown" : ""}, ${lab.windows}`]));
  }
}

describe("several labs", () => {
  it("run side by side on addresses of their own, and each window shows one", async () => {
    const window = new TestWindow();
    const other = new TestWindow();
    const { id } = await window.ask<{ id: string }>("labs.create", { name: "second", shape });
    expect(await window.labs()).toEqual({ lab: "running, shown, 2", second: "stopped, 0" });
    await window.ask("labs.open", { id, left: "runs" });
    expect([window.shown, other.shown]).toEqual(["second", "lab"]);
    expect(await window.labs()).toEqual({ lab: "running, 1", second: "running, shown, 1" });
    const urls = (one: TestWindow): string[] => {
      const last = one.frames.findLast((frame) => frame.type === "snapshot");
      return last?.type === "snapshot" ? last.state.members.map((member) => member.clientUrl) : [];
    };
    expect(urls(window)).toHaveLength(2);
    expect(urls(window).some((url) => urls(other).includes(url))).toBe(false);
    // what one window does concerns its lab alone
    await window.ask("member.kill", { host: "m2" });
    await expect(other.ask("member.kill", { host: "m2" })).rejects.toMatchObject({ code: "unknown-host" });
    const from = window.frames.findLastIndex((frame) => frame.type === "snapshot");
    await expect.poll(() => window.frames.slice(from).some((frame) => frame.type === "changes")).toBe(true);
    const seqs = window.frames.slice(from).flatMap((frame) => (frame.type === "reply" ? [] : [frame.seq]));
    expect(seqs).toEqual(seqs.map((_, at) => seqs[0]! + at));
  });

  it("are stopped when the last window that looked says so, and are kept when another looks", async () => {
    const window = new TestWindow();
    const other = new TestWindow();
    const { id } = await window.ask<{ id: string }>("labs.create", { name: "second", shape });
    await window.ask("labs.open", { id, left: "stops" });
    expect(await window.labs()).toMatchObject({ lab: "running, 1" });
    await other.ask("labs.open", { id, left: "stops" });
    expect(await window.labs()).toMatchObject({ lab: "stopped, 0", second: "running, shown, 2" });
    expect(members[0]!.signals).toContain("SIGTERM");
    // a new window begins with one that runs
    expect(new TestWindow().shown).toBe("second");
    const { labs } = await window.ask<{ labs: LabSummary[] }>("labs.list");
    await window.ask("labs.open", { id: labs.find((lab) => lab.name === "lab")!.id, left: "runs" });
    expect(window.shown).toBe("lab");
  });

  it("are neither stopped nor deleted while a window shows them", async () => {
    const window = new TestWindow();
    const { id } = await window.ask<{ id: string }>("labs.create", { name: "second", shape });
    await window.ask("labs.open", { id, left: "runs" });
    await expect(window.ask("labs.delete", { id, confirm: "second" })).rejects.toMatchObject({ code: "lab-shown" });
    await expect(window.ask("labs.stop", { id })).rejects.toMatchObject({ code: "lab-shown" });
    await window.ask("labs.open", { id: "~1", left: "runs" });
    await expect(window.ask("labs.delete", { id, confirm: "x" })).rejects.toThrow("is not second");
    expect(await window.labs()).toMatchObject({ second: "running, 0" });
    await window.ask("labs.delete", { id, confirm: "second" });
    expect(await window.labs()).toEqual({ lab: "running, shown, 1" });
    await expect(window.ask("labs.delete", { id: "~1", confirm: "lab" })).rejects.toThrow();
    expect(existsSync(join(base, "lab", "lab.json"))).toBe(true);
  });

  it("that run are copied only when they may be stopped for it, and run again with their windows", async () => {
    const window = new TestWindow();
    await window.ask("terminal.open", { host: "m1", columns: 80, rows: 24 });
    await expect(window.ask("labs.clone", { id: "~1", name: "copy", stopFirst: false })).rejects.toMatchObject({ code: "lab-running" });
    const { id } = await window.ask<{ id: string }>("labs.clone", { id: "~1", name: "copy", stopFirst: true });
    expect(members[0]!.signals).toContain("SIGTERM");
    expect(window.shown).toBe("lab");
    expect(members).toHaveLength(2);
    const { path } = await window.ask<{ path: string }>("labs.save", { id: "~1", stopFirst: true });
    await window.ask("labs.import", { path, name: "from a file" });
    await window.ask("labs.open", { id, left: "runs" });
    expect(await window.labs()).toEqual({ lab: "running, 0", copy: "running, shown, 1", "from a file": "stopped, 0" });
    // the copy's members listen elsewhere, and still know each other by the addresses that they wrote down
    const [original, copy] = [catalogue.fileOf("~1"), catalogue.fileOf(id)];
    expect(copy.addresses[0]!.address).not.toBe(original.addresses[0]!.address);
    const config = readFileSync(join(catalogue.folderOf(id), "hosts/m1/etc/etcd/etcd.conf.yml"), "utf8");
    expect(config).toContain(`listen-client-urls: http://${copy.addresses[0]!.address}:2379`);
    expect(config).toContain(`initial-cluster: m1=http://${original.addresses[0]!.address}:2380`);
  });

  it("are renamed while they run, and every window hears of it", async () => {
    const window = new TestWindow();
    await window.ask("labs.rename", { id: "~1", name: "mine" });
    await expect.poll(() => window.frames.some((frame) => frame.type === "changes" && frame.changes.some((change) => change.type === "lab" && change.lab.name === "mine"))).toBe(true);
    expect(catalogue.fileOf("~1").name).toBe("mine");
  });

  it("refuses what no window may ask", async () => {
    const window = new TestWindow();
    for (const [name, args] of [
      ["labs.create", { name: "a/b", shape }],
      ["labs.create", { name: "a", shape: { ...shape, voters: 12 } }],
      ["labs.open", { id: "../x", left: "runs" }],
      ["labs.delete", { id: "..", confirm: "x" }],
      ["labs.import", { path: "relative.tar.gz", name: "" }],
    ] as const) {
      await expect(window.ask(name, args)).rejects.toMatchObject({ code: "bad-argument" });
    }
    await expect(window.ask("labs.open", { id: "nobody", left: "runs" })).rejects.toMatchObject({ code: "unknown-lab" });
  });
});

describe("what hosts are furnished with", () => {
  const furnished = async (one: LabShape): Promise<Lab> => {
    const id = catalogue.create("furnished", one);
    const lab = await open(catalogue.folderOf(id), id);
    return lab;
  };
  const text = (lab: Lab, host: string, path: string): string => readFileSync(lab.machine(host).files.real(path), "utf8");

  it("learners join an existing cluster, empty hosts have no etcd, and only voters are enabled", async () => {
    const lab = await furnished({ voters: 2, learners: 2, spare: 1, tls: false, auth: true, flags: "3.6" });
    expect(text(lab, "m4", "/etc/etcd/etcd.conf.yml")).toMatch(/initial-cluster: m1=\S+,m2=\S+,m3=\S+,m4=\S+\n[^]*initial-cluster-state: existing/);
    expect(text(lab, "m1", "/etc/etcd/etcd.conf.yml")).toMatch(/initial-cluster: m1=[^,]+,m2=[^,]+\n[^]*initial-cluster-state: new\nmax-learners: 2/);
    expect(text(lab, "m1", "/etc/profile.d/etcdctl.sh")).toContain("ETCDCTL_USER=root:");
    expect(lab.machine("m5").services.list()).toEqual([]);
    expect(lab.snapshot().state.members.map((member) => member.spare ?? false)).toEqual([false, false, false, false, true]);
    expect(existsSync(lab.machine("m5").files.real("/root/etcd"))).toBe(true);
    expect(lab.machine("m5").dataDirectory()).toBe("/var/lib/etcd");
    expect(lab.hosts.filter((host) => host.services.list().some((unit) => unit.name === "etcd.service" && unit.enabled)).map((host) => host.name)).toEqual(["m1", "m2"]);
    await lab.close("discard");
  });
  it("with TLS every URL says https, with the flags of 3.4 the unit says all, and a shell exports what etcdctl needs", async () => {
    const lab = await furnished({ voters: 2, learners: 0, spare: 0, tls: true, auth: false, flags: "3.4" });
    const host = lab.machine("m1");
    expect(host.access).toEqual({ url: `https://${host.address}:2379`, tls: { ca: PKI.ca, cert: PKI.clientCert, key: PKI.clientKey } });
    expect(host.view().peerUrl).toBe(`https://${host.address}:2380`);
    expect(existsSync(host.files.real("/etc/etcd/etcd.conf.yml"))).toBe(false);
    expect(text(lab, "m1", "/etc/systemd/system/etcd.service")).not.toContain("http:");
    expect(host.services.status("etcd").command).toMatch(/--listen-client-urls https:\S+ .*--client-cert-auth .*--enable-v2=true --logger zap/);
    expect(text(lab, "m1", "/etc/profile.d/etcdctl.sh")).toContain(`ETCDCTL_CACERT=${PKI.ca}`);
    const certificate = new X509Certificate(text(lab, "m2", PKI.peerCert));
    for (const name of ["m2", "host2", "localhost"]) expect(certificate.checkHost(name)).toBe(name);
    expect(certificate.verify(new X509Certificate(text(lab, "m1", PKI.ca)).publicKey)).toBe(true);
    await lab.close("discard");
  });
  it("certificates become good for an address that a host has got since, but not what a user put there", async () => {
    const lab = await furnished({ voters: 2, learners: 0, spare: 0, tls: true, auth: false, flags: "3.6" });
    const pki = LabPki.open(lab.folder, () => Date.now());
    const { files } = lab.machine("m1");
    const before = new X509Certificate(text(lab, "m1", PKI.serverCert));
    pki.readdress(files, "127.0.39.1");
    const after = new X509Certificate(text(lab, "m1", PKI.serverCert));
    expect(after.checkIP("127.0.39.1")).toBe("127.0.39.1");
    expect(after.checkIP(lab.machine("m1").address)).toBe(lab.machine("m1").address);
    expect([after.validTo, after.checkHost("m1")]).toEqual([before.validTo, "m1"]);
    const foreign = mkdtempSync(join(base, "foreign-"));
    writeFileSync(join(foreign, "x"), "");
    const tree = new HostTree(foreign);
    LabPki.open(foreign, () => Date.now()).furnish(tree, { host: "m1", address: "127.0.1.1", clientPort: 1, peerPort: 2 });
    const theirs = readFileSync(tree.real(PKI.serverCert), "utf8");
    writeFileSync(files.real(PKI.serverCert), theirs);
    pki.readdress(files, "127.0.38.1");
    expect(text(lab, "m1", PKI.serverCert)).toBe(theirs);
    await lab.close("discard");
  });
});
