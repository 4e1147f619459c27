/** Rules that are not about etcdctl: marks of the page, flags typed as commands, services, pods. */
import { programOf, type Rule } from "./correction.ts";

const OURS = new Set(["etcd", "etcdctl", "etcdutl", "systemctl", "service", "kubectl", "journalctl"]);

export const boldMarks: Rule = {
  name: "**bold** marks copied from a page",
  apply(command) {
    const name = programOf({ ...command, words: [bare(command.words[0] ?? "")] });
    if (!OURS.has(name)) return undefined;
    const words = command.words.map(bare);
    if (words.every((word, at) => word === command.words[at])) return undefined;
    return { words, remark: "left out the ** marks: they are the page's bold type" };
  },
};

function bare(word: string): string {
  return word.replace(/^\*\*(?=[\w./-])/, "").replace(/(?<=[\w./-])\*\*$/, "");
}

/** etcd's flags that a text about etcd may show on a line of their own. */
const ETCD_FLAGS = new Set(
  "data-dir wal-dir name initial-cluster initial-cluster-state initial-cluster-token advertise-client-urls listen-client-urls listen-peer-urls initial-advertise-peer-urls cert-file key-file trusted-ca-file".split(" "),
);

export const flagAsCommand: Rule = {
  name: "a flag of etcd typed as a command",
  apply(command, facts) {
    const match = /^--?([a-z-]+?)(?:=(.*))?$/.exec(command.words[0] ?? "");
    const name = match?.[1]?.replace(/-{2,}/g, "-");
    if (match === null || name === undefined || !ETCD_FLAGS.has(name)) return undefined;
    const spelled = match[1] === name ? "" : `, spelled --${name}`;
    const where =
      name === "data-dir"
        ? `here it stands in /etc/etcd/etcd.conf.yml as data-dir: ${facts.dataDirectory}, and that folder is what a backup must hold`
        : `here it stands in /etc/etcd/etcd.conf.yml, if at all, as ${name}:`;
    return { answered: true, remark: `that is a flag of etcd${spelled}, not a command; ${where}` };
  },
};

export const daemonReload: Rule = {
  name: "systemctl daemon reload",
  apply(command) {
    if (programOf(command) !== "systemctl") return undefined;
    const [program, first, second, ...rest] = command.words;
    if (first === "daemon" && second === "reload") {
      return { words: [program!, "daemon-reload", ...rest], remark: "read as systemctl daemon-reload (one word)" };
    }
    if (first !== undefined && first !== "daemon-reload" && distance(first, "daemon-reload") <= 2) {
      return { words: [program!, "daemon-reload", ...command.words.slice(2)], remark: `read as systemctl daemon-reload (not ${first})` };
    }
    return undefined;
  },
};

export const serviceNames: Rule = {
  name: "a service's name not quite spelled",
  apply(command, facts) {
    const program = programOf(command);
    const at = program === "service" ? 1 : program === "systemctl" ? command.words.findIndex((word, index) => index > 1 && !word.startsWith("-")) : -1;
    const given = at > 0 ? command.words[at] : undefined;
    if (given === undefined || given.startsWith("\0") || given.startsWith("-")) return undefined;
    const name = given.replace(/\.service$/, "");
    if (facts.units.includes(name)) return undefined;
    const meant = nearest(name, facts.units);
    if (meant === undefined) return undefined;
    const words = command.words.map((word, index) => (index === at ? word.replace(name, meant) : word));
    return { words, remark: `read as ${words.join(" ")} (there is no service ${name})` };
  },
};

export const etcdPod: Rule = {
  name: "the pod etcd-master",
  apply(command, facts) {
    if (programOf(command) !== "kubectl" || command.words[1] !== "exec") return undefined;
    const at = command.words.findIndex((word) => /^(pods?\/)?etcd-(master|controlplane)$/.test(word));
    if (at < 0) return undefined;
    const pod = `etcd-${facts.host}`;
    return {
      words: command.words.map((word, index) => (index === at ? pod : word)),
      remark: `read as ${pod}: the pod is named after its host, and this one is ${facts.host}`,
    };
  },
};

/** The one unit that begins like this, or that is at most two letters away. */
function nearest(name: string, units: readonly string[]): string | undefined {
  const begun = name.length >= 4 ? units.filter((unit) => unit.startsWith(name)) : [];
  const close = begun.length > 0 ? begun : units.filter((unit) => name.length >= 3 && distance(name, unit) <= (unit.length > 5 ? 2 : 1));
  return close.length === 1 ? close[0] : undefined;
}

/** Letters to add, drop, change or swap with their neighbour. */
export function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_unused, j) => (i === 0 ? j : j === 0 ? i : 0)));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      rows[i]![j] = best;
    }
  }
  return rows[a.length]![b.length]!;
}

