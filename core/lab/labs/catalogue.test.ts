import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LAB_TEMPLATES, type LabShape, nameProblem, shapeProblem } from "../contract/labs.ts";
import { lockLab, readLabFile, writeLabFile } from "../lab-file.ts";
import { LabCatalogue } from "./catalogue.ts";
import { ByteReader, headerOf, paddingOf, readHeader, TAR_END, type TarEntry } from "./tar.ts";

const shape: LabShape = LAB_TEMPLATES[0]!.shape;
let base: string;
let catalogue: LabCatalogue;
let now = 1_000_000;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "quorum-catalogue-"));
  catalogue = new LabCatalogue({ folder: join(base, "labs"), saved: join(base, "saved"), version: "0", now: () => now++ });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const list = () => catalogue.list(() => false);

/** A lab with something in it. */
function furnished(name: string): string {
  const id = catalogue.create(name, shape);
  const folder = catalogue.folderOf(id);
  const addresses = [1, 2, 3].map((n) => ({ host: `m${n}`, address: `127.0.7.${n}`, clientPort: 2379, peerPort: 2380 }));
  writeLabFile(folder, { ...readLabFile(folder)!, original: addresses, addresses });
  const root = join(folder, "hosts", "m1");
  mkdirSync(join(root, "var/lib/etcd/member/wal"), { recursive: true });
  mkdirSync(join(root, "root"), { recursive: true });
  writeFileSync(join(root, "var/lib/etcd/member/wal/0.wal"), Buffer.alloc(100_000, 7));
  writeFileSync(join(root, "root", "key.pem"), "secret", { mode: 0o600 });
  writeFileSync(join(root, "root", `${"long-".repeat(30)}name é`), "long");
  symlinkSync(join(root, "var/lib/etcd"), join(root, "root", "data"));
  symlinkSync("../../../../outside", join(root, "root", "up"));
  mkdirSync(join(folder, "run"), { recursive: true });
  writeFileSync(join(folder, "run", "m1.etcd.conf.yml"), "of this opening");
  return id;
}

describe("shapes and names", () => {
  it.each(LAB_TEMPLATES.map((one) => [one.id, one.shape] as const))("the template %s can be made", (_, one) => expect(shapeProblem(one)).toBe(""));
  it.each<[Partial<LabShape>, string]>([
    [{ voters: 0 }, "1 to 9 hosts"],
    [{ voters: 8, spare: 2 }, "1 to 9 hosts"],
    [{ learners: 3 }, "at most 2 learners"],
    [{ voters: 0, learners: 1 }, "needs members that vote"],
    [{ learners: 2, flags: "3.4" }, "at most one learner"],
    [{ voters: 0, spare: 1, auth: true }, "nobody to ask"],
    [{ voters: 1.5 }, "whole numbers"],
  ])("%j is refused", (change, words) => expect(shapeProblem({ ...shape, ...change })).toContain(words));
  it.each(["", " a", "a/b", "a\\b", "a\u0007", "a\u202eb", "x".repeat(61)])("%j is no name", (name) => expect(nameProblem(name)).not.toBe(""));
  it.each(["Übung 1", "..", "three (2)"])("%j is a name", (name) => expect(nameProblem(name)).toBe(""));
});

describe("the library", () => {
  it("makes labs in folders of their own, lists them, and takes a name once", async () => {
    const id = catalogue.create("Übung: eins!", shape);
    expect(id).toBe("ubung-eins");
    expect(catalogue.create("..", shape)).toBe("lab");
    expect(catalogue.create("übung eins", shape)).toBe("ubung-eins-2");
    expect(() => catalogue.create("..", shape)).toThrow("another lab is called .. already");
    expect(() => catalogue.create("x", { ...shape, voters: 10 })).toThrow("1 to 9");
    expect((await list()).map((lab) => [lab.id, lab.name, lab.state, lab.usedAt, lab.outside])).toEqual([
      ["lab", "..", "stopped", 0, false],
      ["ubung-eins", "Übung: eins!", "stopped", 0, false],
      ["ubung-eins-2", "übung eins", "stopped", 0, false],
    ]);
    expect(catalogue.find("Übung: eins!")).toBe(id);
    expect(() => catalogue.find("nobody")).toThrow("there are lab, ubung-eins, ubung-eins-2");
    expect(readdirSync(catalogue.folder).sort()).toEqual(["lab", "ubung-eins", "ubung-eins-2"]);
  });
  it("knows labs from before there were shapes, and labs elsewhere, which it does not delete", async () => {
    const old = join(base, "elsewhere");
    mkdirSync(old);
    const addresses = [{ host: "m1", address: "127.0.1.1", clientPort: 2379, peerPort: 2380 }];
    writeFileSync(join(old, "lab.json"), JSON.stringify({ version: 1, name: "lab", createdAt: 5, original: addresses, addresses }));
    const id = catalogue.idOf(old);
    expect(id).toBe("~1");
    expect(await list()).toMatchObject([{ id, name: "lab", outside: true, shape: { voters: 1, tls: false } }]);
    await expect(catalogue.delete(id, "lab")).rejects.toThrow("outside the library");
    expect(existsSync(old)).toBe(true);
    expect(catalogue.idOf(catalogue.folderOf(catalogue.create("inside", shape)))).toBe("inside");
  });
  it("shows a lab that cannot be read, with the reason", async () => {
    mkdirSync(join(catalogue.folder, "broken"));
    writeFileSync(join(catalogue.folder, "broken", "lab.json"), "{");
    expect(await list()).toMatchObject([{ id: "broken", shape: null, problem: expect.stringContaining("cannot be read") }]);
  });
  it.each([
    [{ addresses: [{ host: "../../x", address: "127.0.1.1", clientPort: 1, peerPort: 2 }] }, "a host that can be none"],
    [{ addresses: [{ host: "m1", address: "0.0.0.0", clientPort: 1, peerPort: 2 }] }, "not on loopback"],
    [{ shape: { ...shape, voters: 99 } }, "no lab can have"],
    [{ version: 2 }, "of no version"],
  ])("refuses a lab.json that %j", (change, words) => {
    const id = catalogue.create("a", shape);
    const path = join(catalogue.folderOf(id), "lab.json");
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), ...change }));
    expect(() => catalogue.fileOf(id)).toThrow(words);
  });
  it("leaves a lab alone that somebody has open", async () => {
    const id = furnished("open");
    const unlock = lockLab(catalogue.folderOf(id));
    expect((await list())[0]).toMatchObject({ state: "elsewhere" });
    for (const attempt of [() => catalogue.clone(id, "copy"), () => catalogue.delete(id, "open"), () => catalogue.save(id), async () => catalogue.rename(id, "x")]) {
      await expect(attempt()).rejects.toMatchObject({ code: "lab-running" });
    }
    unlock();
    expect(await catalogue.clone(id, "copy")).toBe("copy");
  });
  it("takes over the lock of a process that is no more, also where its number was given again", () => {
    const folder = catalogue.folderOf(catalogue.create("a", shape));
    writeFileSync(join(folder, "lab.lock"), "4194305");
    lockLab(folder)();
    writeFileSync(join(folder, "lab.lock"), `${process.pid} 1`);
    const unlock = lockLab(folder);
    expect(() => lockLab(folder)).toThrow("already open in this process");
    unlock();
    expect(readdirSync(folder)).toEqual(["lab.json"]);
  });
});

describe("a clone", () => {
  it("has every file, mode and link of the original, and nothing of its opening", async () => {
    const id = furnished("one");
    const copy = catalogue.folderOf(await catalogue.clone(id, "two"));
    const root = join(copy, "hosts/m1");
    expect(readFileSync(join(root, "var/lib/etcd/member/wal/0.wal"))).toEqual(Buffer.alloc(100_000, 7));
    expect(statSync(join(root, "root/key.pem")).mode & 0o777).toBe(0o600);
    // links lead to the same places of the copy, never to the original or out of the host
    expect(readlinkSync(join(root, "root/data"))).toBe("../var/lib/etcd");
    expect(readlinkSync(join(root, "root/up"))).toBe("../outside");
    expect(existsSync(join(copy, "run"))).toBe(false);
    expect(readLabFile(copy)).toMatchObject({ name: "two", copied: true });
    expect(catalogue.otherBlocks("two")).toEqual(new Set([1, 7]));
    expect(catalogue.otherBlocks(id)).toEqual(new Set([1]));
  });
});

describe("deleting", () => {
  it("takes the typed name, and nothing but that lab", async () => {
    const id = furnished("doomed");
    const kept = furnished("kept");
    await expect(catalogue.delete(id, "Doomed")).rejects.toThrow("is not doomed");
    await catalogue.delete(id, "doomed");
    expect((await list()).map((lab) => lab.id)).toEqual([kept]);
    expect(readdirSync(catalogue.folder)).toEqual([kept]);
  });
  it("never follows a link: neither one in the library's place, nor one in the lab", async () => {
    const outside = join(base, "precious");
    mkdirSync(outside);
    writeFileSync(join(outside, "file"), "precious");
    writeFileSync(join(outside, "lab.json"), JSON.stringify({ version: 1, name: "precious", createdAt: 0, original: [], addresses: [], shape }));
    symlinkSync(outside, join(catalogue.folder, "precious"));
    expect(await list()).toEqual([]);
    await expect(catalogue.delete("precious", "precious")).rejects.toMatchObject({ code: "unknown-lab" });
    const id = furnished("linked");
    symlinkSync(outside, join(catalogue.folderOf(id), "hosts/m1/root/real"));
    await catalogue.delete(id, "linked");
    expect(readFileSync(join(outside, "file"), "utf8")).toBe("precious");
  });
  it.each(["..", ".", "../labs", "a/b", "~9", ""])("%j is no lab", async (id) => {
    await expect(catalogue.delete(id, "")).rejects.toMatchObject({ code: "unknown-lab" });
  });
});

describe("a saved lab", () => {
  it("comes back whole under a name that is free", async () => {
    const id = furnished("gift");
    const { path, bytes } = await catalogue.save(id);
    expect(path).toMatch(/gift-\d{4}-\d\d-\d\d\.quorum-lab\.tar\.gz$/);
    expect(statSync(path).size).toBe(bytes);
    expect((await catalogue.save(id)).path).not.toBe(path);
    await expect(catalogue.save(id, path)).rejects.toThrow("is there already");
    const opened = await catalogue.import(path, "");
    expect(opened).toEqual({ id: "gift-2", name: "gift (2)" });
    const root = join(catalogue.folderOf(opened.id), "hosts/m1");
    expect(readFileSync(join(root, "var/lib/etcd/member/wal/0.wal"))).toEqual(Buffer.alloc(100_000, 7));
    expect(readFileSync(join(root, "root", `${"long-".repeat(30)}name é`), "utf8")).toBe("long");
    expect(readlinkSync(join(root, "root/data"))).toBe("../var/lib/etcd");
    expect(statSync(join(root, "root/key.pem")).mode & 0o777).toBe(0o600);
  });

  /** Entries of a good archive, changed, and packed again. */
  async function forged(change: (manifest: { entries: Record<string, unknown>[] }, entries: [TarEntry, Buffer][]) => void): Promise<string> {
    const { path } = await catalogue.save(furnished("good"));
    const reader = new ByteReader(one(gunzipSync(readFileSync(path))));
    const entries: [TarEntry, Buffer][] = [];
    for (let head = await readHeader(reader); head !== undefined; head = await readHeader(reader)) {
      entries.push([head, await reader.exactly(head.size)]);
      await reader.exactly(paddingOf(head.size).length);
    }
    const manifest = JSON.parse(entries.shift()![1].toString()) as { entries: Record<string, unknown>[] };
    change(manifest, entries);
    const text = Buffer.from(JSON.stringify(manifest));
    const parts = [[{ path: "manifest.json", kind: "file", mode: 0o644, size: text.length, target: "", at: 0 }, text] as [TarEntry, Buffer], ...entries];
    const file = join(base, "forged.tar.gz");
    writeFileSync(file, gzipSync(Buffer.concat([...parts.flatMap(([head, data]) => [headerOf(head), data, paddingOf(data.length)]), TAR_END])));
    return file;
  }
  async function* one(data: Buffer): AsyncGenerator<Buffer> {
    yield data;
  }
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const addFile = (path: string) => (manifest: { entries: Record<string, unknown>[] }, entries: [TarEntry, Buffer][]): void => {
    manifest.entries.push({ path, kind: "file", mode: 0o644, size: 0, target: "", sha256: empty });
    entries.push([{ path: `lab/${path}`, kind: "file", mode: 0o644, size: 0, target: "", at: 0 }, Buffer.alloc(0)]);
  };
  const addLink = (path: string, target: string) => (manifest: { entries: Record<string, unknown>[] }, entries: [TarEntry, Buffer][]): void => {
    manifest.entries.push({ path, kind: "link", mode: 0o777, size: 0, target, sha256: "" });
    entries.push([{ path: `lab/${path}`, kind: "link", mode: 0o777, size: 0, target, at: 0 }, Buffer.alloc(0)]);
  };

  const replaceLabFile = (change: (text: string) => string) => (manifest: { entries: Record<string, unknown>[] }, entries: [TarEntry, Buffer][]): void => {
    const at = entries.findIndex(([head]) => head.path === "lab/lab.json");
    const [head, data] = entries[at]!;
    const text = Buffer.from(change(data.toString()));
    entries[at] = [{ ...head, size: text.length }, text];
    Object.assign(manifest.entries.find((entry) => entry["path"] === "lab.json")!, { size: text.length, sha256: createHash("sha256").update(text).digest("hex") });
  };

  it.each<[string, Parameters<typeof forged>[0], string]>([
    ["a path that goes up", addFile("hosts/../../x"), "leads out of the lab"],
    ["an absolute path", addFile("/tmp/x"), "leads out of the lab"],
    ["a path of Windows", addFile("hosts\\x"), "leads out of the lab"],
    ["a drive", addFile("C:/x"), "leads out of the lab"],
    ["an absolute link", addLink("hosts/m1/root/l", "/etc"), "leads out of its host"],
    ["a link that goes up too far", addLink("hosts/m1/root/l", "../../m2"), "leads out of its host"],
    ["a link that goes down and up again", addLink("hosts/m1/root/l", "data/../../../.."), "leads out of its host"],
    ["a link in the lab's own folders", addLink("journal-link", "hosts"), "leads out of its host"],
    ["a link in the place of a host", addLink("hosts/m9", "m1"), "leads out of its host"],
    ["a file below a link", (manifest, entries) => (addLink("hosts/m1/root/l", "data")(manifest, entries), addFile("hosts/m1/root/l/x")(manifest, entries)), "comes before its folder"],
    ["the same path twice", addFile("lab.json"), "stands there twice"],
    ["another content than the manifest says", (_, entries) => void entries.find(([head]) => head.path.endsWith("0.wal"))![1].fill(8), "its SHA-256"],
    ["a file that the manifest does not know", (manifest) => void manifest.entries.pop(), "more in the archive than its manifest says"],
    ["a file less", (_, entries) => void entries.pop(), "not as its manifest says"],
    ["a host that leads out, in lab.json", replaceLabFile((text) => text.replaceAll('"m1"', '"../../m1"')), "names a host that can be none"],
    ["an address that is not on loopback", replaceLabFile((text) => text.replaceAll("127.0.7.1", "0.0.0.0")), "not on loopback"],
    ["another format", (manifest) => void Object.assign(manifest, { format: "x" }), "no saved lab"],
  ])("is refused with %s, and leaves nothing", async (_, change, words) => {
    const file = await forged(change);
    await expect(catalogue.import(file, "evil")).rejects.toMatchObject({ code: "bad-archive", message: expect.stringContaining(words) });
    expect(readdirSync(catalogue.folder)).toEqual(["good"]);
    expect(existsSync(join(base, "x"))).toBe(false);
  });
  it("is refused when it is none, is cut off or was damaged", async () => {
    const { path } = await catalogue.save(furnished("good"));
    const whole = readFileSync(path);
    const broken = join(base, "broken");
    for (const [data, words] of [[Buffer.from("hello"), "no gzip file"], [whole.subarray(0, whole.length / 2), /ends in the middle|no gzip file/], [gzipSync("hello".repeat(1000)), "no tar archive"], [gzipSync(""), "ends in the middle"]] as const) {
      writeFileSync(broken, data);
      await expect(catalogue.import(broken, "x")).rejects.toMatchObject({ code: "bad-archive", message: typeof words === "string" ? expect.stringContaining(words) : expect.stringMatching(words) });
    }
    await expect(catalogue.import(join(base, "nowhere"), "x")).rejects.toThrow("no such file");
    await expect(catalogue.import(base, "x")).rejects.toThrow("is a folder");
    expect(readdirSync(catalogue.folder)).toEqual(["good"]);
    expect(lstatSync(catalogue.folder).isDirectory()).toBe(true);
  });
});
