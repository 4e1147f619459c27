/** A rejected connection as etcd logs it (embed/config_logging.go). */
import type { Rejection } from "./tls-gate.ts";

interface RejectionLine {
  /** a client that only goes away is not worth more than debug */
  readonly level: "debug" | "warn";
  readonly fields: Readonly<Record<string, unknown>>;
}

export function rejectionLine({ remote, serverName, names, error }: Rejection): RejectionLine {
  const shown = names === undefined ? {} : { "ip-addresses": names.ipAddresses, "dns-names": names.dnsNames };
  return { level: error === "EOF" ? "debug" : "warn", fields: { "remote-addr": remote, "server-name": serverName, ...shown, error } };
}
