/** The files that a new host has: etcd's configuration, unit files, the programs, and a home to stand in. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { HostAddress } from "./addresses.ts";
import type { HostTree } from "./host-tree.ts";

export const CONFIG_FILE = "/etc/etcd/etcd.conf.yml";
export const UNIT_FOLDER = "/etc/systemd/system";

const FOLDERS = ["/root", "/opt", "/tmp", "/var/lib", "/var/log", "/etc/kubernetes", "/usr/local/bin", "/home"];

export function clientUrlOf(host: HostAddress): string {
  return `http://${host.address}:${host.clientPort}`;
}

export function peerUrlOf(host: HostAddress): string {
  return `http://${host.address}:${host.peerPort}`;
}

function etcdConfig(own: HostAddress, founders: readonly HostAddress[]): string {
  const cluster = founders.includes(own) ? founders : [own];
  return `# etcd on ${own.host}. After a change: systemctl restart etcd
name: ${own.host}
data-dir: /var/lib/etcd
listen-client-urls: ${clientUrlOf(own)}
advertise-client-urls: ${clientUrlOf(own)}
listen-peer-urls: ${peerUrlOf(own)}
initial-advertise-peer-urls: ${peerUrlOf(own)}
initial-cluster: ${cluster.map((host) => `${host.host}=${peerUrlOf(host)}`).join(",")}
initial-cluster-token: etcd-cluster-1
initial-cluster-state: new
enable-v2: true
`;
}

const ETCD_UNIT = `[Unit]
Description=etcd key-value store
Documentation=https://etcd.io/docs
After=network-online.target

[Service]
Type=notify
ExecStart=/usr/local/bin/etcd --config-file ${CONFIG_FILE}
# Restart=always is usual at work. Here a member that was killed stays down until you start it, so that you can look.
Restart=no
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`;

function apiserverUnit(own: HostAddress): string {
  return `[Unit]
Description=Kubernetes API server (here: only watches etcd)
After=etcd.service

[Service]
ExecStart=/usr/local/bin/kube-apiserver --etcd-servers=${clientUrlOf(own)}
Restart=on-failure
RestartSec=2

[Install]
WantedBy=multi-user.target
`;
}

function entry(program: string): string {
  return `#!/bin/sh\n# ${program} of this lab: the same program as dist/bin/${program}\n/usr/bin/${program} "$@"\n`;
}

/** Writes what is missing; what is there stays as the user left it. */
export function furnishHost(tree: HostTree, own: HostAddress, all: readonly HostAddress[], founders: readonly HostAddress[] = all): void {
  for (const folder of FOLDERS) mkdirSync(tree.real(folder), { recursive: true });
  write(tree, CONFIG_FILE, etcdConfig(own, founders));
  write(tree, `${UNIT_FOLDER}/etcd.service`, ETCD_UNIT);
  write(tree, `${UNIT_FOLDER}/kube-apiserver.service`, apiserverUnit(own));
  for (const program of ["etcd", "etcdctl", "etcdutl"]) {
    write(tree, `/usr/local/bin/${program}`, entry(program), 0o755);
    // "download, extract, run": the tools lie ready where a shell begins
    write(tree, `/root/${program}`, entry(program), 0o755);
  }
  write(tree, "/etc/hostname", `${own.host}\n`);
  write(tree, "/etc/hosts", ["127.0.0.1\tlocalhost", ...all.map((host) => `${host.address}\t${host.host}`)].join("\n") + "\n");
}

/** Where a lab's addresses have moved, the config must name the new ones; everything else in it stays. */
export function readdress(text: string, pairs: readonly (readonly [from: string, to: string])[]): string {
  return text
    .split("\n")
    .map((line) => {
      if (!/^(listen-client-urls|advertise-client-urls|listen-peer-urls):/.test(line)) return line;
      return pairs.reduce((now, [from, to]) => now.replaceAll(from, to), line);
    })
    .join("\n");
}

function write(tree: HostTree, name: string, text: string, mode = 0o644): void {
  const path = tree.real(name);
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}
