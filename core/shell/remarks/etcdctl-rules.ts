/** What etcdctl lines of older texts mean today. */
import type { CommandWords, Correction, Facts, Rule } from "./correction.ts";
import { apiOf, etcdctlWords, V3_FLAGS } from "./etcdctl-words.ts";

/** Commands that only the v2 API has. */
const V2_ONLY = new Set(["set", "mk", "mkdir", "ls", "rm", "rmdir", "update", "setdir", "updatedir", "exec-watch", "cluster-health"]);
const V2_WRITES = new Set(["set", "mk", "update"]);

/** A v2 key with or without its leading slash is the same key. */
function plainKey(key: string): string {
  return key.replace(/^\/+/, "");
}

export const v2Commands: Rule = {
  name: "commands of the v2 API without ETCDCTL_API=2",
  apply(command, facts) {
    const parsed = etcdctlWords(command);
    const [verb, key, ...more] = parsed?.positional ?? [];
    if (parsed === undefined || verb === undefined) return undefined;
    const api = apiOf(command);
    if (api === "2") return V2_WRITES.has(verb) && key !== undefined ? { followUp: { kind: "v2-written", key: plainKey(key) } } : undefined;
    if (verb === "put" && key !== undefined) return { followUp: { kind: "v3-written", key: plainKey(key) } };
    if (api !== undefined) return undefined;
    if (V2_ONLY.has(verb)) {
      return {
        env: { ETCDCTL_API: "2" },
        remark: `read as ETCDCTL_API=2 etcdctl ${verb} (${verb} is of the v2 API; today's etcdctl speaks v3${verb === "set" ? ", where it is called put" : ""})`,
        ...(V2_WRITES.has(verb) && key !== undefined && { followUp: { kind: "v2-written" as const, key: plainKey(key) } }),
      };
    }
    if (verb === "get" && key !== undefined && more.length === 0 && parsed.flags.size === 0 && facts.v2Keys.has(plainKey(key))) {
      return { env: { ETCDCTL_API: "2" }, remark: `read as ETCDCTL_API=2 etcdctl get, because ${key} was set through the v2 API (v3 has keys of its own)` };
    }
    return undefined;
  },
};

export const singleDash: Rule = {
  name: "long flags with one dash on v3",
  apply(command) {
    if (etcdctlWords(command) === undefined || apiOf(command) === "2") return undefined;
    const found: string[] = [];
    const end = command.words.indexOf("--");
    const words = command.words.map((word, at) => {
      const name = /^-([a-z][a-z0-9-]+)(=|$)/.exec(word)?.[1];
      if (name === undefined || !V3_FLAGS.has(name) || (end >= 0 && at > end)) return word;
      found.push(name);
      return `-${word}`;
    });
    if (found.length === 0) return undefined;
    return { words, remark: `read as ${found.map((name) => `--${name}`).join(", ")} (one dash is refused by the real etcdctl)` };
  },
};

const TLS_NAMES: Readonly<Record<string, string>> = { "cert-file": "cert", "key-file": "key", "ca-file": "cacert" };

export const tlsNames: Rule = {
  name: "--cert-file, --key-file and --ca-file on v3",
  apply(command, facts) {
    const parsed = etcdctlWords(command);
    if (parsed === undefined || apiOf(command) === "2") return undefined;
    const given = Object.keys(TLS_NAMES).filter((name) => parsed.flags.has(name));
    if (given.length === 0) return undefined;
    const missing = given.filter((name) => parsed.flags.get(name) === "" || !facts.fileExists(parsed.flags.get(name)!));
    const secure = /https:/.test(parsed.flags.get("endpoints") ?? command.env.ETCDCTL_ENDPOINTS ?? "");
    const right = `v3 calls them ${given.map((name) => `--${TLS_NAMES[name]}`).join(", ")}`;
    if (missing.length > 0 && !secure) {
      return {
        words: without(command, given),
        remark: `left out ${given.map((name) => `--${name}`).join(", ")}: ${right}, no such files are here, and an http:// endpoint needs none`,
      };
    }
    const words = command.words.map((word) => {
      const match = /^--?(cert-file|key-file|ca-file)(=.*)?$/.exec(word);
      return match === null ? word : `--${TLS_NAMES[match[1]!]}${match[2] ?? ""}`;
    });
    return { words, remark: `read as ${given.map((name) => `--${TLS_NAMES[name]}`).join(", ")}: ${given.map((name) => `--${name}`).join(", ")} are names of the v2 API` };
  },
};

/** The words without these flags and their values. */
function without(command: CommandWords, flags: readonly string[]): string[] {
  const words: string[] = [];
  for (let at = 0; at < command.words.length; at++) {
    const word = command.words[at]!;
    const name = /^--?([a-z-]+)(=.*)?$/.exec(word);
    if (name === null || !flags.includes(name[1]!)) {
      words.push(word);
      continue;
    }
    const next = command.words[at + 1];
    if (name[2] === undefined && next !== undefined && !next.startsWith("--")) at++;
  }
  return words;
}

export const oldPort: Rule = {
  name: "client port 4001",
  apply(command) {
    const endpoints = etcdctlWords(command)?.flags.get("endpoints") ?? "";
    if (!/:4001\b/.test(endpoints)) return undefined;
    return { remark: "4001 was etcd's client port before it became 2379; here it leads to the same place" };
  },
};

export const snapshotName: Rule = {
  name: "snapshot save snapshotdb, read back as snapshot.db",
  apply(command) {
    const [group, verb, file] = etcdctlWords(command)?.positional ?? [];
    if (group !== "snapshot" || verb !== "save" || file === undefined) return undefined;
    const match = /^(.*[^./])db$/.exec(file);
    if (match === null) return undefined;
    return { followUp: { kind: "name-too", saved: file, as: `${match[1]}.db` } };
  },
};

export const restoreEverywhere: Rule = {
  name: "snapshot restore of one member of a cluster",
  apply(command, facts): Correction | undefined {
    const parsed = etcdctlWords(command);
    const [group, verb, file] = parsed?.positional ?? [];
    if (parsed === undefined || group !== "snapshot" || verb !== "restore" || file === undefined) return undefined;
    const name = parsed.flags.get("name");
    const cluster = parsed.flags.get("initial-cluster");
    if (name === undefined || cluster === undefined || parsed.flags.has("data-dir") || parsed.flags.has("wal-dir")) return undefined;
    const members = readCluster(cluster);
    if (!namesAllHosts(members, facts) || members[name] === undefined || name !== facts.host) return undefined;
    return { followUp: { kind: "restore-everywhere", restore: { words: command.words, file, name, members } } };
  },
};

function readCluster(text: string): Record<string, string> {
  const members: Record<string, string> = {};
  for (const item of text.split(",")) {
    const equals = item.indexOf("=");
    if (equals > 0) members[item.slice(0, equals).trim()] = item.slice(equals + 1).trim();
  }
  return members;
}

function namesAllHosts(members: Readonly<Record<string, string>>, facts: Facts): boolean {
  const names = Object.keys(members);
  return names.length === facts.hosts.length && facts.hosts.every((host) => names.includes(host));
}
