/** What a new host is told about its member: etcd's configuration, its unit, kube-apiserver's unit, and what a login shell exports. */
import { type HostAddress } from "../addresses.ts";
import { type FlagStyle, LAB_USERS, LEARNERS_MAX } from "../contract/labs.ts";
import { PKI } from "./lab-pki.ts";

export const CONFIG_FILE = "/etc/etcd/etcd.conf.yml";
export const PROFILE_FILE = "/etc/profile.d/etcdctl.sh";

export interface MemberPlan {
  readonly own: HostAddress;
  /** what initial-cluster names */
  readonly cluster: readonly HostAddress[];
  /** existing: it joins a cluster that is there */
  readonly state: "new" | "existing";
  readonly tls: boolean;
  readonly flags: FlagStyle;
  /** learners of the whole lab */
  readonly learners: number;
}

export function clientUrlOf(host: HostAddress, tls = false): string {
  return `http${tls ? "s" : ""}://${host.address}:${host.clientPort}`;
}

export function peerUrlOf(host: HostAddress, tls = false): string {
  return `http${tls ? "s" : ""}://${host.address}:${host.peerPort}`;
}

/** Settings under etcd's own names, in the order in which people write them. */
function settingsOf({ own, cluster, state, tls }: MemberPlan): [string, string][] {
  return [
    ["name", own.host],
    ["data-dir", "/var/lib/etcd"],
    ["listen-client-urls", clientUrlOf(own, tls)],
    ["advertise-client-urls", clientUrlOf(own, tls)],
    ["listen-peer-urls", peerUrlOf(own, tls)],
    ["initial-advertise-peer-urls", peerUrlOf(own, tls)],
    ["initial-cluster", cluster.map((host) => `${host.host}=${peerUrlOf(host, tls)}`).join(",")],
    ["initial-cluster-token", "etcd-cluster-1"],
    ["initial-cluster-state", state],
  ];
}

const TLS_FILES = `client-transport-security:
  cert-file: ${PKI.serverCert}
  key-file: ${PKI.serverKey}
  trusted-ca-file: ${PKI.ca}
  client-cert-auth: true
peer-transport-security:
  cert-file: ${PKI.peerCert}
  key-file: ${PKI.peerKey}
  trusted-ca-file: ${PKI.ca}
  client-cert-auth: true
`;

const TLS_FLAGS: readonly [string, string][] = [
  ["cert-file", PKI.serverCert],
  ["key-file", PKI.serverKey],
  ["trusted-ca-file", PKI.ca],
  ["client-cert-auth", ""],
  ["peer-cert-file", PKI.peerCert],
  ["peer-key-file", PKI.peerKey],
  ["peer-trusted-ca-file", PKI.ca],
  ["peer-client-cert-auth", ""],
];

/** The configuration file; undefined where the flags stand in the unit. */
export function etcdConfig(plan: MemberPlan): string | undefined {
  if (plan.flags === "3.4") return undefined;
  const lines = settingsOf(plan).map(([name, value]) => `${name}: ${value}\n`);
  // etcd allows one learner at a time unless it is told otherwise
  const learners = plan.learners > 1 ? `max-learners: ${LEARNERS_MAX}\n` : "";
  return `# etcd on ${plan.own.host}. After a change: systemctl restart etcd\n${lines.join("")}${learners}enable-v2: true\n${plan.tls ? TLS_FILES : ""}`;
}

/** Flags as 3.4 had them: what 3.6 calls --feature-gates=InitialCorruptCheck=true was experimental then. */
const OLD_FLAGS: readonly [string, string][] = [
  ["enable-v2=true", ""],
  ["logger", "zap"],
  ["experimental-initial-corrupt-check=true", ""],
];

export function etcdUnit(plan: MemberPlan): string {
  const flags = [...settingsOf(plan), ...(plan.tls ? TLS_FLAGS : []), ...OLD_FLAGS].map(([name, value]) => `--${name} ${value}`.trimEnd());
  const command = plan.flags === "3.4" ? ["/usr/local/bin/etcd", ...flags].join(" \\\n  ") : `/usr/local/bin/etcd --config-file ${CONFIG_FILE}`;
  return `[Unit]
Description=etcd key-value store
Documentation=https://etcd.io/docs
After=network-online.target

[Service]
Type=notify
ExecStart=${command}
# Restart=always is usual at work. Here a member that was killed stays down until you start it, so that you can look.
Restart=no
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`;
}

export function apiserverUnit(own: HostAddress, tls: boolean): string {
  const flags = tls ? ` --etcd-cafile=${PKI.ca} --etcd-certfile=${PKI.clientCert} --etcd-keyfile=${PKI.clientKey}` : "";
  return `[Unit]
Description=Kubernetes API server (here: only watches etcd)
After=etcd.service

[Service]
ExecStart=/usr/local/bin/kube-apiserver --etcd-servers=${clientUrlOf(own, tls)}${flags}
Restart=on-failure
RestartSec=2

[Install]
WantedBy=multi-user.target
`;
}

/**
 * What a login shell exports, so that a plain `etcdctl get` works, as where people work. No endpoints: 127.0.0.1:2379 is
 * etcdctl's own choice, and one that is exported could not be given as a flag any more. undefined: nothing needs to be said.
 */
export function profile(tls: boolean, auth: boolean): string | undefined {
  if (!tls && !auth) return undefined;
  const lines = [
    "# Read by every login shell. etcdctl refuses what is given twice: before --cacert, say `unset ETCDCTL_CACERT`.",
    ...(tls ? [`export ETCDCTL_CACERT=${PKI.ca}`, `export ETCDCTL_CERT=${PKI.clientCert}`, `export ETCDCTL_KEY=${PKI.clientKey}`] : []),
    ...(auth ? [`export ETCDCTL_USER=root:${LAB_USERS.root}`] : []),
  ];
  return `${lines.join("\n")}\n`;
}
