/** The playbook's three plays, line by line as its text has them, on three real members. */
import { describe, expect, it } from "vitest";
import { missing, needs, sh } from "./quorum-lab.ts";

const TIMEOUT = 180_000;

describe.skipIf(missing.length > 0)(`the playbook${needs}`, () => {
  it("does what it means, from the first key to the restored cluster", { timeout: TIMEOUT }, async () => {
    const { out, err, code } = await sh(` ./etcdctl set key1 value1

 ./etcdctl get key1
echo "== play 1"
etcdctl put /registry/pods/default/web before > /dev/null
kubectl exec etcd-master -n kube-system etcdctl get / --prefix -keys-only
echo "== play 2"
  --data--dir=/var/lib/etcd
  ETCDCTL_API=3 etcdctl --endpoints http://127.0.0.1:4001 **snapshot save** snapshotdb --cert-file /xxx --key-file /... --ca-file
ls
  ETCDCTL_API=3 etcdctl snapshot status snapshot.db
etcdctl put /registry/pods/default/web after > /dev/null
echo "== play 3"
 service kube-apiserver stop
systemctl is-active kube-apiserver
 ETCDCTL_API=3 etcdctl snapshot restore snapshot.db  \\
  --name m1 \\
  --initial-cluster m1=http://host1:2380,m2=http://host2:2380,m3=http://host3:2380 \\
  --initial-cluster-token etcd-cluster-1 \\
  --initial-advertise-peer-urls http://host1:2380
 systemctl daemon reload 

 service etcd restart

echo "== after"
etcdctl get --print-value-only /registry/pods/default/web
./etcdctl get key1
etcdctl member list | wc -l
for host in m1 m2 m3; do ssh $host 'etcdctl get --print-value-only --consistency=s /registry/pods/default/web; ls -d /var/lib/etcd*'; done
etcdctl endpoint health --cluster | grep -c 'is healthy'
 service kube-apiser start
`);
    expect(code, err).toBe(0);
    const [install, backup, restore, after] = [out.split("== play 1")[0]!, ...out.split(/== play [123]\n|== after\n/).slice(2)];
    expect(install).toBe("value1\nvalue1\n");
    expect(out.split("== play 1\n")[1]!.split("== play 2")[0]).toContain("/registry/pods/default/web\n");
    expect(backup).toContain("Snapshot saved at snapshotdb\n");
    expect(backup).toMatch(/^snapshot\.db$/m);
    expect(backup).toMatch(/^[0-9a-f]+, \d+, \d+, \d+ kB/m);
    expect(restore).toMatch(/^inactive$/m);
    const data = "/var/lib/etcd\n/var/lib/etcd.before-restore\n";
    expect(after!.replace(/ +/g, "")).toBe(`before\nvalue1\n3\nbefore\n${data}before\n${data}before\n${data}3\n`);
    const remarks = err.split("\n").filter((line) => line.startsWith("lab: "));
    for (const word of ["ETCDCTL_API=2 etcdctl set", "--keys-only", "--data-dir", "**", "--cacert", "4001", "snapshot.db leads to it", "same restore on m2 and m3", "daemon-reload", "kube-apiserver start"]) {
      expect(remarks.some((line) => line.includes(word)), `${word} in ${remarks.join("\n")}`).toBe(true);
    }
  });
});

describe.skipIf(missing.length > 0)(`quorum-lab sh${needs}`, () => {
  it("prints what the commands print and exits with the last one's code", { timeout: TIMEOUT }, async () => {
    const { out, code } = await sh(
      "etcdctl put a 1 && etcdctl get a\nfault kill m2\nuntil ! ssh m2 pgrep etcd > /dev/null; do sleep 0.05; done\n" +
        "ssh m2 systemctl is-active etcd\nuntil etcdctl put b 2 2> /dev/null; do sleep 0.2; done\nexit 7\n",
    );
    expect(out).toBe("OK\na\n1\netcd on m2 was killed with SIGKILL\nfailed\nOK\n");
    expect(code).toBe(7);
  });
  it("keeps a lab that was given a folder", { timeout: TIMEOUT }, async () => {
    const { mkdtempSync, rmSync } = await import("node:fs");
    const { tmpdir } = await import("node:os");
    const { join } = await import("node:path");
    const folder = mkdtempSync(join(tmpdir(), "quorum-lab-kept-"));
    try {
      expect(await sh("etcdctl put kept yes; echo note > /root/note", "--lab", folder, "--members", "1")).toMatchObject({ code: 0, out: "OK\n" });
      expect(await sh("etcdctl get kept; cat note", "--lab", folder)).toMatchObject({ code: 0, out: "kept\nyes\nnote\n" });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
