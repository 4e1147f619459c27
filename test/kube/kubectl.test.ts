/** A real kubectl against our API server on one of our members: what people type, and what they are told. */
import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Authority, newPrivateKey, validity } from "../../core/tls/authority.ts";

vi.setConfig({ testTimeout: 180_000 });

const kubectl = process.env["KUBECTL"] ?? "kubectl";
const project = join(import.meta.dirname, "../..");
const allTypes = join(import.meta.dirname, "all-types.yaml");

function isThere(): boolean {
  try {
    execFileSync(kubectl, ["version", "--client"], { stdio: "ignore" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

describe.skipIf(!isThere())("kubectl (apt-get install kubernetes-client)", () => {
  const folder = mkdtempSync(join(tmpdir(), "kubectl-"));
  const running: ChildProcess[] = [];
  let etcdPort = 0;

  const start = (program: string, args: string[]): void => void running.push(spawn(join(project, "dist/bin", program), args, { stdio: "ignore", cwd: folder }));
  const run = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(kubectl, args, { env: { ...process.env, KUBECONFIG: join(folder, "config"), HOME: folder } });
    return stdout;
  };
  const refused = (...args: string[]): Promise<string> => run(...args).then((text) => Promise.reject(new Error(`was not refused: ${text}`)), (error: { stderr?: string }) => error.stderr ?? "");
  const etcdctl = (...args: string[]): Buffer => execFileSync(join(project, "dist/bin/etcdctl"), ["--endpoints", `127.0.0.1:${etcdPort}`, ...args]);

  beforeAll(async () => {
    const [etcd, peer, api] = [await freePort(), await freePort(), await freePort()];
    etcdPort = etcd;
    const now = new Date();
    const authority = Authority.make("kubernetes", now, 10);
    const issue = (name: string, organizations: string[], hosts: string[], usage: "server" | "client"): [string, string] => {
      const own = newPrivateKey();
      return [authority.issue({ name, organizations, publicKey: own.publicKey, hosts, usages: [usage], ...validity(now, 10) }), own.pem];
    };
    const [serverCert, serverKey] = issue("kube-apiserver", [], ["127.0.0.1", "localhost"], "server");
    const [adminCert, adminKey] = issue("kubernetes-admin", ["system:masters"], [], "client");
    const [janeCert, janeKey] = issue("jane", ["devs"], [], "client");
    const files = { "ca.crt": authority.certificate, "server.crt": serverCert, "server.key": serverKey };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const data = (text: string): string => Buffer.from(text).toString("base64");
    const user = (name: string, cert: string, key: string): object => ({ name, user: { "client-certificate-data": data(cert), "client-key-data": data(key) } });
    writeFileSync(
      join(folder, "config"),
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "lab", cluster: { server: `https://127.0.0.1:${api}`, "certificate-authority-data": data(authority.certificate) } }],
        users: [user("admin", adminCert, adminKey), user("jane", janeCert, janeKey)],
        contexts: ["admin", "jane"].map((name) => ({ name, context: { cluster: "lab", user: name } })),
        "current-context": "admin",
      }),
    );
    const url = `http://127.0.0.1:${etcd}`;
    const peerUrl = `http://127.0.0.1:${peer}`;
    start("etcd", ["--data-dir", join(folder, "data"), "--listen-client-urls", url, "--advertise-client-urls", url, "--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl, "--initial-cluster", `default=${peerUrl}`]);
    start("kube-apiserver", [
      ...["--etcd-servers", url, "--bind-address", "127.0.0.1", "--secure-port", String(api), "--client-ca-file", "ca.crt", "--tls-cert-file", "server.crt", "--tls-private-key-file", "server.key"],
      ...["--authorization-mode", "Node,RBAC", "--service-cluster-ip-range", "10.96.0.0/16", "--quorum-lab-node", "m1"],
    ]);
    while (!(await run("get", "node", "m1").catch(String)).includes(" Ready ")) await pause(300);
  });
  afterAll(async () => {
    for (const child of running.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it("applies a file with all types, and again without change", async () => {
    expect(await run("apply", "-f", allTypes)).toContain("customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com created");
    expect(await run("apply", "-f", allTypes)).toContain("deployment.apps/web unchanged");
    expect(await run("-n", "shop", "rollout", "status", "deploy/web")).toContain("successfully rolled out");
    expect(await run("-n", "shop", "get", "pod", "-l", "app=web")).toMatch(/NAME +READY +STATUS +RESTARTS +AGE\nweb-\S+ +1\/1 +Running +0 /);
  });

  it("what it made lies in etcd as Kubernetes puts it there", () => {
    const value = etcdctl("get", "/registry/deployments/shop/web", "--print-value-only");
    expect(value.subarray(0, 4)).toEqual(Buffer.from("k8s\0"));
    expect(etcdctl("get", "/registry/services/specs/shop/web", "--keys-only").toString().trim()).toBe("/registry/services/specs/shop/web");
  });

  it("scales, updates and rolls back", async () => {
    await run("-n", "shop", "scale", "deploy/web", "--replicas=3");
    await run("-n", "shop", "set", "image", "deploy/web", "nginx=nginx:1.26");
    await run("-n", "shop", "rollout", "status", "deploy/web");
    await run("-n", "shop", "rollout", "undo", "deploy/web");
    await run("-n", "shop", "rollout", "status", "deploy/web");
    expect(await run("-n", "shop", "get", "deploy", "web", "-o", "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}")).toBe("3 nginx:1.25");
    expect(await run("-n", "shop", "describe", "deploy", "web")).toContain("ScalingReplicaSet");
  });

  it("labels, annotates, patches and explains", async () => {
    await run("-n", "shop", "label", "cm", "settings", "tier=front");
    await run("-n", "shop", "annotate", "cm", "settings", "note=x");
    await run("-n", "shop", "patch", "cm", "settings", "-p", '{"data":{"size":"1"}}');
    expect(await run("-n", "shop", "get", "cm", "-l", "tier=front", "-o", "jsonpath={.items[0].data}")).toContain('"size":"1"');
    expect(await run("explain", "deployment.spec.replicas")).toMatch(/FIELD: +replicas/);
    expect(await run("api-resources")).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/);
  });

  it("serves custom resources with their columns", async () => {
    const file = join(folder, "nightly.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "stable.example.com/v1", kind: "CronTab", metadata: { name: "nightly", namespace: "shop" }, spec: { cronSpec: "5 4 * * *" } }));
    await run("apply", "-f", file);
    expect(await run("-n", "shop", "get", "ct")).toMatch(/NAME +SPEC\nnightly +5 4 \* \* \*/);
    expect(etcdctl("get", "/registry/stable.example.com/crontabs/shop/nightly", "--print-value-only").toString()).toMatch(/^\{/);
  });

  it("lets people do what roles allow", async () => {
    expect(await run("auth", "can-i", "list", "pods", "-n", "shop", "--context", "jane")).toBe("yes\n");
    expect(await refused("-n", "shop", "delete", "pod", "single", "--context", "jane")).toContain('pods "single" is forbidden: User "jane" cannot delete resource "pods" in API group "" in the namespace "shop"');
  });

  it("is told in Kubernetes' words what it may not", async () => {
    expect(await refused("get", "pod", "nobody")).toContain('Error from server (NotFound): pods "nobody" not found');
    expect(await refused("create", "ns", "shop")).toContain('Error from server (AlreadyExists): namespaces "shop" already exists');
    expect(await refused("delete", "ns", "default")).toContain("is forbidden");
  });

  it("empties a namespace that it deletes", async () => {
    await run("delete", "ns", "shop", "--timeout=60s");
    expect(etcdctl("get", "/registry/pods/shop/", "--prefix", "--keys-only").toString()).toBe("");
  });
});
