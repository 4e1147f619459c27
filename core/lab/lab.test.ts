import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { nodeClock } from "../platform/node/clock.ts";
import { HOST_ADDRESSES } from "../probe/channel.ts";
import { reduce } from "./contract/reduce.ts";
import type { LabState } from "./contract/state.ts";
import { createLab, type Lab } from "./lab.ts";
import { fakeMembers } from "./testing/fake-members.ts";

const open: Lab[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const lab of open.splice(0)) await lab.close("discard");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "quorum-lab-test-"));
  folders.push(folder);
  return folder;
}

async function make(folder = newFolder(), autoReady = true) {
  const members = fakeMembers(autoReady);
  const lab = await createLab({
    folder,
    name: "test",
    members: 3,
    version: "0",
    clock: nodeClock,
    spawnMember: members.spawn,
    etcdProgram: "/nowhere/etcd",
    programs: {},
  });
  open.push(lab);
  return { lab, members: members.started, folder };
}

const processes = (lab: Lab): string[] => lab.snapshot().state.members.map((member) => member.process);

describe("a lab", () => {
  it("starts a member on every host, with its own files and names, and shows it", async () => {
    const { lab, members } = await make();
    lab.start();
    expect(members).toHaveLength(3);
    const { args, env, cwd } = members[0]!.spawned;
    expect(args).toEqual([`--config-file=${join(lab.folder, "run", "m1.etcd.conf.yml")}`]);
    expect(readFileSync(join(lab.folder, "run", "m1.etcd.conf.yml"), "utf8")).toContain(`"data-dir": "${lab.hosts[0]!.files.root}/var/lib/etcd"`);
    expect(JSON.parse(env[HOST_ADDRESSES]!)).toMatchObject({ self: "m1", hosts: { host2: lab.hosts[1]!.address } });
    expect(cwd).toBe(lab.hosts[0]!.files.root);
    await expect.poll(() => processes(lab)).toEqual(["running", "running", "running"]);
    expect(lab.snapshot().state.services).toContainEqual({ host: "m2", name: "etcd", active: "active", detail: "running" });
  });
  it("tells by changes what the snapshot would say", async () => {
    const { lab, members } = await make();
    const { state: first } = lab.snapshot();
    let followed: LabState = first;
    lab.subscribe((frame) => {
      for (const change of frame.changes) followed = reduce(followed, change);
    });
    lab.start();
    await expect.poll(() => processes(lab)).toEqual(["running", "running", "running"]);
    members[1]!.tell({ kind: "happening", at: 9, what: "leader-elected", term: 2, text: "was elected leader" });
    lab.faults.link("m1", "m2", "cut", 0);
    await lab.execute("member.kill", { host: "m3" });
    await expect.poll(() => processes(lab)[2]).toBe("killed");
    expect(followed).toEqual(lab.snapshot().state);
    expect(followed.timeline.map((event) => event.text)).toEqual(expect.arrayContaining(["was elected leader", "m1 to m2 is cut", "etcd was killed with SIGKILL"]));
  });
  it("kills, pauses, resumes, stops and starts members", async () => {
    const { lab, members } = await make();
    lab.start();
    await expect.poll(() => processes(lab)).toEqual(["running", "running", "running"]);
    await lab.execute("member.pause", { host: "m1" });
    expect(members[0]!.signals).toEqual(["SIGSTOP"]);
    expect(lab.snapshot().state.faults).toMatchObject([{ id: "paused:m1", kind: "paused" }]);
    await lab.execute("fault.heal", {});
    expect(members[0]!.signals).toEqual(["SIGSTOP", "SIGCONT"]);
    expect(lab.snapshot().state.faults).toEqual([]);
    await lab.execute("member.kill", { host: "m2" });
    await expect.poll(() => processes(lab)[1]).toBe("killed");
    await expect(lab.execute("member.kill", { host: "m2" })).rejects.toThrow("no etcd runs on m2");
    await lab.execute("member.start", { host: "m2" });
    await expect.poll(() => processes(lab)[1]).toBe("running");
    expect(members).toHaveLength(4);
    await lab.execute("member.stop", { host: "m3" });
    expect(processes(lab)[2]).toBe("stopped");
  });
  it("shows the last words of a member that failed", async () => {
    const { lab, members } = await make(newFolder(), false);
    lab.start();
    members[0]!.print("bind: address already in use\n");
    members[0]!.end(1, null);
    await expect.poll(() => lab.snapshot().state.members[0]).toMatchObject({ process: "failed", failure: "bind: address already in use" });
  });
  it("tells every member all faults in force for it, and again when it comes back", async () => {
    const { lab, members } = await make();
    lab.start();
    await expect.poll(() => lab.snapshot().state.members.map((member) => member.id)).not.toContain("");
    const ids = lab.snapshot().state.members.map((member) => member.id);
    lab.faults.link("m1", "m2", "cut", 0);
    const cut = { type: "faults", faults: { outgoing: { [ids[1]!]: { cut: true } } } };
    expect(members[0]!.heard.filter((word) => word.type === "faults").at(-1)).toMatchObject(cut);
    lab.faults.kill("m1");
    await expect.poll(() => processes(lab)[0]).toBe("killed");
    await lab.execute("member.start", { host: "m1" });
    members[3]!.hello(ids[0]!);
    expect(members[3]!.heard.filter((word) => word.type === "faults").at(-1)).toMatchObject(cut);
    lab.faults.heal();
    expect(members[3]!.heard.filter((word) => word.type === "faults").at(-1)).toMatchObject({ faults: { outgoing: {}, incoming: {} } });
  });
  it("asks members for everything only while a window looks", async () => {
    const { lab, members } = await make();
    lab.start();
    const levels = (): string[] => members[0]!.heard.flatMap((word) => (word.type === "watch" ? [word.level] : []));
    const stop = lab.subscribe(() => undefined);
    expect(levels().at(-1)).toBe("on");
    stop();
    expect(levels().at(-1)).toBe("off");
  });
  it("opens again as it was, on the same addresses, and not twice at once", async () => {
    const { lab, folder } = await make();
    const addresses = lab.hosts.map((host) => host.address);
    await expect(make(folder)).rejects.toMatchObject({ code: "lab-locked" });
    lab.hosts[0]!.services.setEnabled("etcd", false);
    await lab.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const again = await make(folder);
    expect(again.lab.hosts.map((host) => host.address)).toEqual(addresses);
    again.lab.start();
    expect(again.members).toHaveLength(2);
  });
  it("moves to other addresses when its own are taken, and still knows the old ones", async () => {
    const first = await make();
    await first.lab.close();
    const before = first.lab.hosts.map((host) => host.address);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const thief = await make();
    const again = await make(first.folder);
    expect(thief.lab.hosts[0]!.address).toBe(before[0]);
    const now = again.lab.hosts.map((host) => host.address);
    expect(now).not.toEqual(before);
    const config = readFileSync(again.lab.hosts[0]!.files.real("/etc/etcd/etcd.conf.yml"), "utf8");
    expect(config).toContain(`advertise-client-urls: http://${now[0]}:2379`);
    expect(config).toContain(`initial-advertise-peer-urls: http://${before[0]}:2380`);
    expect(again.lab.hosts[0]!.addressBook.resolve({ host: before[1]!, port: 2380 })).toEqual({ host: now[1], port: 2380 });
  });
  it("ends every member when it is closed", async () => {
    const { lab, members } = await make();
    lab.start();
    await lab.close();
    expect(members.map((member) => member.signals.includes("SIGTERM") || member.signals.includes("SIGKILL"))).toEqual([true, true, true]);
  });
});

describe("terminals", () => {
  it("open, run, are left and come back with what they showed", async () => {
    const { lab } = await make();
    const output: string[] = [];
    lab.subscribe((frame) => {
      for (const change of frame.changes) if (change.type === "terminal.output") output.push(change.data);
    });
    const { id } = (await lab.execute("terminal.open", { host: "m2", columns: 80, rows: 24 })) as { id: string };
    await lab.execute("terminal.input", { id, data: "hostname\r" });
    await expect.poll(() => output.join("")).toContain("m2\r\n");
    const { replay } = (await lab.execute("terminal.attach", { id, columns: 100, rows: 30 })) as { replay: string };
    expect(replay).toContain("root@m2:~# ");
    expect(lab.snapshot().state.terminals).toEqual([{ id, host: "m2" }]);
    await lab.execute("terminal.close", { id });
    expect(lab.snapshot().state.terminals).toEqual([]);
    await expect(lab.execute("terminal.input", { id, data: "x" })).rejects.toMatchObject({ code: "unknown-terminal" });
  });
});

describe("a user's etcd", () => {
  it("runs in the foreground on a host whose service is stopped, until Ctrl-C", async () => {
    const { lab, members } = await make();
    const { id } = (await lab.execute("terminal.open", { host: "m1", columns: 80, rows: 24 })) as { id: string };
    await lab.execute("terminal.input", { id, data: "etcd --name solo --data-dir /tmp/solo\r" });
    await expect.poll(() => members.length).toBe(1);
    expect(members[0]!.spawned.args).toEqual(["--name", "solo", `--data-dir=${lab.hosts[0]!.files.root}/tmp/solo`, "--enable-v2=true"]);
    expect(members[0]!.spawned.cwd).toBe(`${lab.hosts[0]!.files.root}/root`);
    await expect.poll(() => processes(lab)[0]).toBe("running");
    await lab.execute("terminal.input", { id, data: "\x03" });
    await expect.poll(() => processes(lab)[0]).toBe("stopped");
  });
});
