import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { dataDirectoryOf, realCommand } from "./etcd-launch.ts";
import { HostTree } from "./host-tree.ts";

let folder: string;
let tree: HostTree;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "quorum-launch-")));
  mkdirSync(join(folder, "host", "etc"), { recursive: true });
  tree = new HostTree(join(folder, "host"));
  writeFileSync(
    join(tree.root, "etc", "etcd.yml"),
    "name: m1\ndata-dir: /var/lib/etcd\nclient-transport-security:\n  cert-file: pki/c.crt\nlisten-client-urls: http://127.0.1.1:2379\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("an etcd command line of a host", () => {
  it("gets real paths in flags and environment, and nothing else is changed", () => {
    const { args, env } = realCommand(
      ["--name", "m1", "--data-dir", "/var/lib/etcd", "-wal-dir=wal", "--listen-client-urls=http://127.0.0.1:2379"],
      { ETCD_CERT_FILE: "/etc/c", ETCD_NAME: "x" },
      tree,
      "/root",
      join(folder, "copy.yml"),
    );
    expect(args).toEqual(["--name", "m1", `--data-dir=${tree.root}/var/lib/etcd`, `--wal-dir=${tree.root}/root/wal`, "--listen-client-urls=http://127.0.0.1:2379", "--enable-v2=true"]);
    expect(env).toEqual({ ETCD_CERT_FILE: `${tree.root}/etc/c`, ETCD_NAME: "x" });
  });
  it("gets a copy of its config file with real paths in it", () => {
    const { args } = realCommand(["--config-file", "etc/etcd.yml"], {}, tree, "/", join(folder, "run", "copy.yml"));
    expect(args).toEqual([`--config-file=${join(folder, "run", "copy.yml")}`]);
    expect(parse(readFileSync(join(folder, "run", "copy.yml"), "utf8"))).toEqual({
      name: "m1",
      "data-dir": `${tree.root}/var/lib/etcd`,
      "client-transport-security": { "cert-file": `${tree.root}/pki/c.crt` },
      "listen-client-urls": "http://127.0.1.1:2379",
      "enable-v2": true,
    });
  });
  it("has the v2 API, which the playbook writes to, unless it says otherwise", () => {
    const argsOf = (args: string[], env: Record<string, string> = {}): readonly string[] => realCommand(args, env, tree, "/", join(folder, "y")).args;
    expect(argsOf(["--name=m1"])).toEqual(["--name=m1", "--enable-v2=true"]);
    expect(argsOf(["--enable-v2=false"])).toEqual(["--enable-v2=false"]);
    expect(argsOf([], { ETCD_ENABLE_V2: "false" })).toEqual([]);
    expect(argsOf([], { ETCD_CONFIG_FILE: "/nosuch" })).toEqual([]);
  });
  it("leaves a config file that is missing or wrong to etcd", () => {
    expect(realCommand(["--config-file=/nosuch"], {}, tree, "/", join(folder, "x")).args).toEqual([`--config-file=${tree.root}/nosuch`]);
  });
  it("tells where its data will be", () => {
    expect(dataDirectoryOf(["--config-file", "/etc/etcd.yml"], {}, tree, "/")).toBe("/var/lib/etcd");
    expect(dataDirectoryOf(["--name=m1"], {}, tree, "/root")).toBe("/root/m1.etcd");
    expect(dataDirectoryOf([], { ETCD_DATA_DIR: "d" }, tree, "/root")).toBe("/root/d");
  });
});
