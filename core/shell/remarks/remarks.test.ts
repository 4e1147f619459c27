import { describe, expect, it } from "vitest";
import { correct, type Facts } from "./correction.ts";
import { distance } from "./host-rules.ts";
import { rules } from "./rules.ts";

const facts: Facts = {
  host: "m1",
  hosts: ["m1", "m2", "m3"],
  units: ["etcd", "kube-apiserver"],
  dataDirectory: "/var/lib/etcd",
  v2Keys: new Set(["key1"]),
  fileExists: (name) => name.startsWith("/etc/kubernetes/pki/"),
};

function read(line: string, env: Record<string, string> = {}) {
  return correct({ words: line.split(" "), env }, facts, rules);
}

describe("the playbook's lines are read as they were meant", () => {
  it.each([
    ["./etcdctl set key1 value1", "./etcdctl set key1 value1", { ETCDCTL_API: "2" }],
    ["./etcdctl get key1", "./etcdctl get key1", { ETCDCTL_API: "2" }],
    ["etcdctl get / --prefix -keys-only", "etcdctl get / --prefix --keys-only", {}],
    ["systemctl daemon reload", "systemctl daemon-reload", {}],
    ["service kube-apiser start", "service kube-apiserver start", {}],
    ["kubectl exec etcd-master -n kube-system etcdctl get /", "kubectl exec etcd-m1 -n kube-system etcdctl get /", {}],
  ])("%s", (line, meant, env) => {
    const corrected = read(line);
    expect(corrected.words.join(" ")).toBe(meant);
    expect(corrected.env).toEqual(env);
    expect(corrected.remarks).toHaveLength(1);
  });
  it("the backup's line, with bold marks, port 4001, and placeholders in place of certificates", () => {
    const line = "etcdctl --endpoints http://127.0.0.1:4001 **snapshot save** snapshotdb --cert-file /xxx --key-file /... --ca-file";
    const corrected = read(line, { ETCDCTL_API: "3" });
    expect(corrected.words.join(" ")).toBe("etcdctl --endpoints http://127.0.0.1:4001 snapshot save snapshotdb");
    expect(corrected.remarks).toHaveLength(3);
    expect(corrected.followUps).toEqual([{ kind: "name-too", saved: "snapshotdb", as: "snapshot.db" }]);
  });
  it("a flag on a line of its own is explained, not run", () => {
    const corrected = read("--data--dir=/var/lib/etcd");
    expect(corrected.answered).toBe(true);
    expect(corrected.remarks[0]).toContain("--data-dir");
    expect(corrected.remarks[0]).toContain("/var/lib/etcd");
  });
  it("the restore of one member of the lab's cluster restores all", () => {
    const cluster = "m1=http://host1:2380,m2=http://host2:2380,m3=http://host3:2380";
    const line = `etcdctl snapshot restore snapshot.db --name m1 --initial-cluster ${cluster} --initial-advertise-peer-urls http://host1:2380`;
    const corrected = read(line, { ETCDCTL_API: "3" });
    expect(corrected.words.join(" ")).toBe(line);
    expect(corrected.followUps).toMatchObject([{ kind: "restore-everywhere", restore: { file: "snapshot.db", name: "m1" } }]);
  });
});

describe("what is spelled right is not touched", () => {
  it.each([
    "etcdctl get / --prefix --keys-only",
    "etcdctl get key2",
    "etcdctl get key1 --prefix",
    "etcdctl -w json member list",
    "etcdctl put k -- -keys-only",
    "etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/a --cert=/b --key=/c get k",
    "etcdctl snapshot save snapshot.db",
    "etcdctl snapshot save backup",
    "etcdutl snapshot restore s.db --data-dir /var/lib/etcd-new --name m1 --initial-cluster m1=http://a:2380",
    "systemctl daemon-reload",
    "systemctl restart etcd",
    "systemctl status etcd.service",
    "service etcd restart",
    "kubectl exec etcd-m2 -n kube-system -- etcdctl get /",
    "ls **/x",
    "echo **bold**",
    "grep -keys-only file",
  ])("%s", (line) => {
    const corrected = read(line);
    expect(corrected.words.join(" ")).toBe(line);
    expect(corrected.env).toEqual({});
    expect(corrected.remarks).toEqual([]);
  });
  it("one dash is right on v2", () => {
    expect(read("etcdctl -endpoints http://127.0.0.1:2379 ls", { ETCDCTL_API: "2" }).remarks).toEqual([]);
  });
  it("v2 commands under an explicit ETCDCTL_API=3 fail as they would at work", () => {
    expect(read("etcdctl set a b", { ETCDCTL_API: "3" }).env).toEqual({});
  });
});

describe("certificates", () => {
  const files = "--cert-file /etc/kubernetes/pki/c --key-file=/etc/kubernetes/pki/k --ca-file /etc/kubernetes/pki/ca";
  it("keep their files under v3's names where they exist", () => {
    expect(read(`etcdctl --endpoints https://127.0.0.1:2379 ${files} get a`).words.join(" ")).toBe(
      "etcdctl --endpoints https://127.0.0.1:2379 --cert /etc/kubernetes/pki/c --key=/etc/kubernetes/pki/k --cacert /etc/kubernetes/pki/ca get a",
    );
  });
  it("are not left out for an https endpoint, so that the mistake is seen", () => {
    expect(read("etcdctl --endpoints https://127.0.0.1:2379 --ca-file /nosuch get a").words.join(" ")).toBe(
      "etcdctl --endpoints https://127.0.0.1:2379 --cacert /nosuch get a",
    );
  });
});

describe("names", () => {
  it("are only mended when one service alone is near", () => {
    expect(read("service kubelet start").words.join(" ")).toBe("service kubelet start");
    expect(read("systemctl restart ectd").words.join(" ")).toBe("systemctl restart etcd");
    expect(read("service docker start").remarks).toEqual([]);
  });
  it("counts a swap of neighbours as one", () => {
    expect(distance("ectd", "etcd")).toBe(1);
    expect(distance("daemon-relaod", "daemon-reload")).toBe(1);
    expect(distance("", "abc")).toBe(3);
  });
});
