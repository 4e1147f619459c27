import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HostTree } from "./host-tree.ts";

let folder: string;
let tree: HostTree;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "quorum-tree-"));
  mkdirSync(join(folder, "host", "root"), { recursive: true });
  mkdirSync(join(folder, "host", "etc"), { recursive: true });
  mkdirSync(join(folder, "outside"));
  writeFileSync(join(folder, "outside", "secret"), "secret");
  tree = new HostTree(join(folder, "host"));
  const link = (target: string, name: string): void => symlinkSync(target, join(tree.root, name));
  link("/etc", "root/absolute");
  link("../../../outside", "root/up");
  link(join(folder, "outside"), "root/real-outside");
  link(join(tree.root, "etc"), "root/real-inside");
  link("loop", "root/loop");
  link("up/secret", "root/chained");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a host's paths", () => {
  it.each([
    ["/etc/hosts", "/", "/etc/hosts"],
    ["a/b", "/root", "/root/a/b"],
    ["../../..", "/root", "/"],
    ["/../../etc", "/", "/etc"],
    [".", "/root", "/root"],
    ["absolute/x", "/root", "/etc/x"],
    ["real-inside/x", "/root", "/etc/x"],
    ["etc/hosts/under-a-file", "/", "/etc/hosts/under-a-file"],
  ])("%s in %s is %s", (name, cwd, shown) => {
    writeFileSync(join(tree.root, "etc", "hosts"), "");
    expect(tree.shown(tree.real(name, cwd))).toBe(shown);
  });
  it.each(["up/secret", "real-outside/secret", "chained", "up", "real-outside"])("a link that leads out, %s, stays inside", (name) => {
    const real = tree.real(name, "/root");
    expect(real === tree.root || real.startsWith(`${tree.root}/`)).toBe(true);
  });
  it("refuses a loop of links", () => {
    expect(() => tree.real("/root/loop")).toThrow("too many levels of symbolic links");
  });
  it("shows real paths in text as the host knows them", () => {
    expect(tree.shownText(`open ${tree.root}/var/lib/etcd: no, ${tree.root} not`)).toBe("open /var/lib/etcd: no, / not");
  });
});
