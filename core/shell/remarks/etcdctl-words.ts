/** The shape of an etcdctl command line: which words are flags, which are values, which are the command. */
import { type CommandWords, programOf } from "./correction.ts";

/** v3 flags that take a value, without dashes; others take none. */
const VALUED = new Set(
  (
    "endpoints write-out w dial-timeout command-timeout keepalive-time keepalive-timeout max-request-bytes max-recv-bytes cert key cacert " +
    "user password discovery-srv d discovery-srv-name consistency order sort-by limit rev min-create-rev max-create-rev min-mod-rev max-mod-rev " +
    "lease peer-urls name initial-cluster initial-cluster-token initial-advertise-peer-urls data-dir wal-dir ttl load bump-revision " +
    "cert-file key-file ca-file endpoint peers C output o username u timeout total-timeout swap-with-value swap-with-index after-index"
  ).split(" "),
);

/** v3 flags without a value. */
const PLAIN = new Set(
  (
    "prefix from-key keys-only count-only print-value-only hex debug prev-kv ignore-value ignore-lease range interactive progress-notify physical " +
    "once keys cluster learner insecure-transport insecure-skip-tls-verify insecure-discovery skip-hash-check mark-compacted auto-compact auto-defrag"
  ).split(" "),
);

export const V3_FLAGS: ReadonlySet<string> = new Set([...VALUED, ...PLAIN].filter((name) => name.length > 1));

export interface EtcdctlWords {
  /** words that are neither flags nor their values, from the command on */
  readonly positional: readonly string[];
  /** values by flag name; "" for flags without one */
  readonly flags: ReadonlyMap<string, string>;
}

/** Undefined when the command is neither etcdctl nor etcdutl. */
export function etcdctlWords(command: CommandWords): EtcdctlWords | undefined {
  const program = programOf(command);
  if (program !== "etcdctl" && program !== "etcdutl") return undefined;
  const positional: string[] = [];
  const flags = new Map<string, string>();
  for (let at = 1; at < command.words.length; at++) {
    const word = command.words[at]!;
    if (word === "--") {
      positional.push(...command.words.slice(at + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") positional.push(word);
    else {
      const bare = word.replace(/^--?/, "");
      const equals = bare.indexOf("=");
      if (equals >= 0) flags.set(bare.slice(0, equals), bare.slice(equals + 1));
      else if (VALUED.has(bare)) {
        const next = command.words[at + 1];
        const missing = next === undefined || next.startsWith("--");
        flags.set(bare, missing ? "" : next);
        if (!missing) at++;
      } else flags.set(bare, "");
    }
  }
  return { positional, flags };
}

/** 2 or 3, as ETCDCTL_API says; undefined when it says nothing. */
export function apiOf(command: CommandWords): "2" | "3" | undefined {
  const value = command.env.ETCDCTL_API;
  return value === "2" || value === "3" ? value : undefined;
}
