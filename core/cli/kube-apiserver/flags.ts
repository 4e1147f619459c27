/**
 * kube-apiserver's flags, as many as teach something about etcd or appear in kubeadm's manifest, with Kubernetes' names and defaults.
 * Others are refused. Two of our own begin with `quorum-lab-`.
 */

/** The command line is no good; the message is pflag's where pflag has one. */
export class FlagError extends Error {
  override readonly name = "FlagError";
  readonly code = "cli.flag";
}

type Kind = "text" | "boolean" | "duration" | "number";

interface Flag {
  readonly kind: Kind;
  readonly value: string;
  readonly help: string;
}

const flag = (kind: Kind, value: string, help: string): Flag => ({ kind, value, help });
const quiet = (value = ""): Flag => flag("text", value, "accepted, without effect here");

const FLAGS = {
  "etcd-servers": flag("text", "", "List of etcd servers to connect with (scheme://ip:port), comma separated."),
  "etcd-cafile": flag("text", "", "SSL Certificate Authority file used to secure etcd communication."),
  "etcd-certfile": flag("text", "", "SSL certification file used to secure etcd communication."),
  "etcd-keyfile": flag("text", "", "SSL key file used to secure etcd communication."),
  "etcd-prefix": flag("text", "/registry", "The prefix to prepend to all resource paths in etcd."),
  "etcd-compaction-interval": flag("duration", "5m0s", "The interval of compaction requests. If 0, the compaction request from apiserver is disabled."),
  "etcd-healthcheck-timeout": flag("duration", "2s", "The timeout to use when checking etcd health."),
  "etcd-readycheck-timeout": flag("duration", "2s", "The timeout to use when checking etcd readiness"),
  "lease-reuse-duration-seconds": flag("number", "60", "The time in seconds that each lease is reused."),
  "storage-backend": flag("text", "etcd3", "The storage backend for persistence. Options: 'etcd3' (default)."),
  "storage-media-type": flag("text", "application/vnd.kubernetes.protobuf", "The media type to use to store objects in storage."),
  "watch-cache": flag("boolean", "true", "Enable watch caching in the apiserver"),
  "event-ttl": flag("duration", "1h0m0s", "Amount of time to retain events."),
  "encryption-provider-config": flag("text", "", "The file containing configuration for encryption providers to be used for storing secrets in etcd"),
  "bind-address": flag("text", "0.0.0.0", "The IP address on which to listen for the --secure-port port."),
  "advertise-address": flag("text", "", "The IP address on which to advertise the apiserver to members of the cluster."),
  "secure-port": flag("number", "6443", "The port on which to serve HTTPS with authentication and authorization."),
  "tls-cert-file": flag("text", "", "File containing the default x509 Certificate for HTTPS."),
  "tls-private-key-file": flag("text", "", "File containing the default x509 private key matching --tls-cert-file."),
  "cert-dir": flag("text", "/var/run/kubernetes", "The directory where a self-signed certificate is written if --tls-cert-file is not given."),
  "client-ca-file": flag("text", "", "Any request presenting a client certificate signed by one of the authorities in the client-ca-file is authenticated with an identity corresponding to the CommonName of the client certificate."),
  "token-auth-file": flag("text", "", "The file that will be used to secure the secure port of the API server via token authentication."),
  "anonymous-auth": flag("boolean", "true", "Enables anonymous requests to the secure port of the API server."),
  "authorization-mode": flag("text", "AlwaysAllow", "Ordered list of plug-ins to do authorization on secure port: AlwaysAllow, RBAC, Node."),
  "service-cluster-ip-range": flag("text", "10.0.0.0/24", "A CIDR notation IP range from which to assign service cluster IPs."),
  v: flag("number", "0", "number for the log level verbosity; 3 and more logs each request"),
  "quorum-lab-controllers": flag("boolean", "true", "Run the lab's small controllers, scheduler and pretended kubelet in this process, leader-elected by Lease objects."),
  "quorum-lab-node": flag("text", "", "Name of the node that is pretended on this host; the host's own name where it is empty."),
  "allow-privileged": quiet("false"),
  "enable-admission-plugins": quiet(),
  "enable-bootstrap-token-auth": quiet("false"),
  "kubelet-client-certificate": quiet(),
  "kubelet-client-key": quiet(),
  "kubelet-preferred-address-types": quiet(),
  profiling: quiet("true"),
  "proxy-client-cert-file": quiet(),
  "proxy-client-key-file": quiet(),
  "requestheader-allowed-names": quiet(),
  "requestheader-client-ca-file": quiet(),
  "requestheader-extra-headers-prefix": quiet(),
  "requestheader-group-headers": quiet(),
  "requestheader-username-headers": quiet(),
  "service-account-issuer": quiet(),
  "service-account-key-file": quiet(),
  "service-account-signing-key-file": quiet(),
} as const satisfies Readonly<Record<string, Flag>>;

export type FlagName = keyof typeof FLAGS;
export type FlagValues = Readonly<Record<FlagName, string>>;

const REFUSED: Readonly<Record<string, string>> = {
  "etcd-servers-overrides": "this API server keeps all resources in one etcd: --etcd-servers-overrides is not served",
};

function isFlag(name: string): name is FlagName {
  return Object.hasOwn(FLAGS, name);
}

/** @throws FlagError */
export function parseFlags(argv: readonly string[]): FlagValues {
  const values = Object.fromEntries(Object.entries(FLAGS).map(([name, { value }]) => [name, value])) as Record<FlagName, string>;
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]!;
    if (!word.startsWith("-")) throw new FlagError(`"kube-apiserver" does not take any arguments, got ${JSON.stringify(argv.slice(index))}`);
    const short = /^-v(?:=?(\d+))?$/.exec(word);
    if (short !== null && !word.startsWith("--")) {
      values.v = short[1] ?? argv[++index] ?? "";
      continue;
    }
    const [, name = "", value] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
    if (name === "") throw new FlagError(`unknown shorthand flag: '${word[1] ?? ""}' in ${word}`);
    const refused = REFUSED[name];
    if (refused !== undefined) throw new FlagError(refused);
    if (!isFlag(name)) throw new FlagError(`unknown flag: --${name}`);
    const { kind } = FLAGS[name] as Flag;
    let text = value;
    if (text === undefined && kind === "boolean") text = "true";
    else if (text === undefined) text = argv[++index];
    if (text === undefined) throw new FlagError(`flag needs an argument: --${name}`);
    if (kind === "boolean" && !/^(true|false|1|0|t|f)$/i.test(text)) throw new FlagError(`invalid argument "${text}" for "--${name}" flag: strconv.ParseBool: parsing "${text}": invalid syntax`);
    if (kind === "number" && !/^\d+$/.test(text)) throw new FlagError(`invalid argument "${text}" for "--${name}" flag: strconv.ParseInt: parsing "${text}": invalid syntax`);
    values[name] = text;
  }
  return values;
}

export const isTrue = (text: string): boolean => /^(true|1|t)$/i.test(text);

export function usage(): string {
  const lines = Object.entries(FLAGS).map(([name, { kind, value, help }]) => `      --${name}${kind === "boolean" ? "" : ` ${kind === "text" ? "string" : kind === "number" ? "int" : kind}`}${value === "" ? "" : ` (default ${value})`}\n            ${help}`);
  return `The teaching kube-apiserver of Quorum Lab: a small Kubernetes API server in front of etcd.\n\nUsage:\n  kube-apiserver [flags]\n\nFlags:\n${lines.join("\n")}\n  -h, --help\n      --version\n`;
}
