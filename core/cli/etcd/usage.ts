/** What `etcd --help` and a wrong flag print. */
import { flagTable } from "./flag-table.ts";

export const usage = `Usage:

  etcd [flags]
    Starts a member of an etcd cluster.

  etcd --version
    Prints the version.

  etcd -h | --help
    Prints this text.

  etcd --config-file FILE
    Takes all settings from a YAML file; other flags and the environment do not count then.

  etcd gateway start
    Hands TCP connections to members of a cluster.

  etcd grpc-proxy start
    Serves the client API of a cluster, with a cache and shared watches.
`;

export function helpText(): string {
  const sections = new Map<string, string[]>();
  for (const spec of flagTable.values()) {
    if (spec.section === "") continue;
    const lines = sections.get(spec.section) ?? [];
    lines.push(`  --${spec.name} '${spec.initial}'\n    ${spec.help}`);
    sections.set(spec.section, lines);
  }
  const order = ["Member", "Clustering", "Security", "Auth", "Discovery", "Logging", "Observing", "Tracing", "Checks and unsafe settings", "General"];
  const body = order.map((title) => `${title}:\n${(sections.get(title) ?? []).join("\n")}`).join("\n\n");
  return `${usage}\n${body}\n\nEach flag can also be given as an environment variable: --data-dir as ETCD_DATA_DIR.\n`;
}
