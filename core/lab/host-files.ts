/** The files that a new host has: etcd's configuration, unit files, the programs, and a home to stand in. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { HostAddress } from "./addresses.ts";
import type { HostTree } from "./host-tree.ts";
import { apiserverUnit, CONFIG_FILE, etcdConfig, etcdUnit, type MemberPlan, PROFILE_FILE, profile } from "./labs/member-files.ts";

export const UNIT_FOLDER = "/etc/systemd/system";
const ETCD_UNIT = `${UNIT_FOLDER}/etcd.service`;
const APISERVER_UNIT = `${UNIT_FOLDER}/kube-apiserver.service`;

const FOLDERS = ["/root", "/opt", "/tmp", "/var/lib", "/var/log", "/etc/kubernetes", "/usr/local/bin", "/home"];

function entry(program: string): string {
  return `#!/bin/sh\n# ${program} of this lab: the same program as dist/bin/${program}\n/usr/bin/${program} "$@"\n`;
}

export interface HostPlan {
  readonly all: readonly HostAddress[];
  readonly member: MemberPlan;
  /** etcd is still to be set up: its programs lie in /root as downloaded and extracted, and that is all */
  readonly spare: boolean;
  readonly auth: boolean;
}

/** Writes what is missing; what is there stays as the user left it. */
export function furnishHost(tree: HostTree, plan: HostPlan): void {
  const { all, member, spare } = plan;
  for (const folder of FOLDERS) mkdirSync(tree.real(folder), { recursive: true });
  const programs = ["etcd", "etcdctl", "etcdutl"];
  // "download, extract, run": the tools lie ready where a shell begins
  for (const program of programs) write(tree, `/root/${program}`, entry(program), 0o755);
  write(tree, "/etc/hostname", `${member.own.host}\n`);
  write(tree, "/etc/hosts", ["127.0.0.1\tlocalhost", ...all.map((host) => `${host.address}\t${host.host}`)].join("\n") + "\n");
  if (spare) return;
  const config = etcdConfig(member);
  if (config !== undefined) write(tree, CONFIG_FILE, config);
  write(tree, ETCD_UNIT, etcdUnit(member));
  write(tree, APISERVER_UNIT, apiserverUnit(member.own, member.tls));
  for (const program of programs) write(tree, `/usr/local/bin/${program}`, entry(program), 0o755);
  const exports = profile(member.tls, plan.auth);
  if (exports !== undefined) write(tree, PROFILE_FILE, exports);
}

/** Files that name the addresses at which their host listens. */
export const ADDRESSED_FILES = [CONFIG_FILE, ETCD_UNIT, APISERVER_UNIT] as const;

/**
 * Where a lab's addresses have moved, these files must name the new ones; everything else in them stays. What members have
 * told each other, the URLs of initial-cluster, leads on to today's addresses by the hosts' books.
 */
export function readdress(text: string, pairs: readonly (readonly [from: string, to: string])[]): string {
  return text
    .split("\n")
    .map((line) => {
      if (!/(^|--)(listen-client-urls|advertise-client-urls|listen-peer-urls|etcd-servers)[:=\s]/.test(line)) return line;
      // all at once: what one pair has written is not for the next one to find
      return line.replace(/\/\/[\d.]+:\d+/g, (found) => `//${pairs.find(([from]) => `//${from}` === found)?.[1] ?? found.slice(2)}`);
    })
    .join("\n");
}

function write(tree: HostTree, name: string, text: string, mode = 0o644): void {
  const path = tree.real(name);
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}
