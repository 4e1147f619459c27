/** How each kind of check is looked at. A verdict's reason is a plain sentence, whether it passed or not. */
import { X509Certificate } from "node:crypto";
import { LEDGER_PREFIX } from "../run/ledger.ts";
import type { Eyes, MemberStatus } from "./eyes.ts";
import type { Args, CheckKind, CheckSpec } from "./vocabulary.ts";

export interface Verdict {
  readonly passed: boolean;
  readonly reason: string;
}

type Evaluate = (args: Args, eyes: Eyes) => Promise<Verdict>;

const good = (reason: string): Verdict => ({ passed: true, reason });
const bad = (reason: string): Verdict => ({ passed: false, reason });

/** The first that is bad, or the good one. */
function all(verdicts: readonly (Verdict | undefined)[], otherwise: string): Verdict {
  return verdicts.find((one): one is Verdict => one !== undefined && !one.passed) ?? good(otherwise);
}

/** What cannot be looked at is a reason, not a failure of the program. */
export async function evaluate(check: CheckSpec, eyes: Eyes): Promise<Verdict> {
  try {
    return await evaluators[check.kind](check.args, eyes);
  } catch (error) {
    return bad(error instanceof Error ? error.message : String(error));
  }
}

function revisionOf(args: Args, name: string, eyes: Eyes): number {
  const text = args.text(name);
  return text.startsWith("@") ? (eyes.ledger.marks.get(text.slice(1))?.revision ?? 0) : Number(text);
}

async function statuses(hosts: readonly string[], eyes: Eyes): Promise<(MemberStatus & { host: string })[]> {
  const found = await Promise.all(hosts.map(async (host) => ({ host, status: await eyes.status(host) })));
  return found.flatMap(({ host, status }) => (status === undefined ? [] : [{ host, ...status }]));
}

const list = (words: readonly string[]): string => (words.length <= 1 ? (words[0] ?? "none") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)!}`);
const size = (bytes: number): string => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e3)} kB`);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const short = (text: string): string => (text.length > 120 ? `${text.slice(0, 117)}...` : text);

const key: Evaluate = async (args, eyes) => {
  const name = args.text("key");
  const kv = (await eyes.range(name, false)).kvs[0];
  if (args.flag("absent")) return kv === undefined ? good(`${name} is not there`) : bad(`${name} is there: ${short(kv.value.toString())}`);
  if (kv === undefined) return bad(`${name} is not there`);
  const value = kv.value.toString();
  return all(
    [
      args.has("value") && value !== args.text("value") ? bad(`${name} is ${short(value)}, not ${args.text("value")}`) : undefined,
      args.has("matches") && !args.pattern("matches").test(value) ? bad(`${name} is ${short(value)}`) : undefined,
      args.has("revision-at-least") && kv.modRevision < revisionOf(args, "revision-at-least", eyes) ? bad(`${name} is of revision ${kv.modRevision}, which is before ${revisionOf(args, "revision-at-least", eyes)}`) : undefined,
      args.has("leased") && args.flag("leased") !== (kv.lease !== 0n) ? bad(`${name} has ${kv.lease === 0n ? "no" : "a"} lease`) : undefined,
    ],
    `${name} is ${short(value)}`,
  );
};

const keys: Evaluate = async (args, eyes) => {
  const prefix = args.text("prefix");
  const count = (await eyes.range(prefix, true)).kvs.length;
  const said = `${count} keys under ${prefix}`;
  return all(
    [
      args.has("count") && count !== args.number("count") ? bad(`${said}, not ${args.number("count")}`) : undefined,
      args.has("at-least") && count < args.number("at-least") ? bad(`${said}, fewer than ${args.number("at-least")}`) : undefined,
      args.has("at-most") && count > args.number("at-most") ? bad(`${said}, more than ${args.number("at-most")}`) : undefined,
    ],
    said,
  );
};

const members: Evaluate = async (args, eyes) => {
  const rows = await eyes.members();
  const voters = rows.filter((row) => !row.learner);
  const learners = rows.filter((row) => row.learner);
  const started = rows.filter((row) => row.name !== "");
  const names = started.map((row) => row.name).sort();
  const said = `${voters.length} voters${learners.length > 0 ? `, ${learners.length} learners` : ""}: ${list(rows.map((row) => (row.name === "" ? `${row.id} (not started)` : row.name)))}`;
  return all(
    [
      args.has("voters") && voters.length !== args.number("voters") ? bad(`${said}; there should be ${args.number("voters")} voters`) : undefined,
      args.has("learners") && learners.length !== args.number("learners") ? bad(`${said}; there should be ${args.number("learners")} learners`) : undefined,
      args.has("started") && started.length !== args.number("started") ? bad(`${started.length} of ${rows.length} members are started`) : undefined,
      args.has("names") && names.join() !== [...args.words("names")].sort().join() ? bad(`members are ${list(names)}; they should be ${list(args.words("names"))}`) : undefined,
      args.has("without") && rows.some((row) => args.words("without").some((one) => one === row.name || one === row.id)) ? bad(`${list(args.words("without"))} is still a member`) : undefined,
    ],
    said,
  );
};

const leader: Evaluate = async (args, eyes) => {
  const known = await statuses(eyes.hosts, eyes);
  const leads = known.find((one) => one.id === one.leader);
  if (leads === undefined) return bad("no member leads");
  if (args.has("is") && leads.host !== args.text("is")) return bad(`${leads.host} leads, not ${args.text("is")}`);
  if (args.has("not") && leads.host === args.text("not")) return bad(`${leads.host} leads`);
  return good(`${leads.host} leads`);
};

const healthy: Evaluate = async (args, eyes) => {
  const hosts = args.words("hosts", eyes.hosts);
  const answers = await Promise.all(hosts.map((host) => eyes.serves(host)));
  const silent = hosts.filter((_, at) => answers[at] !== true);
  return silent.length === 0 ? good(`${list(hosts)} answer linearizable reads`) : bad(`${list(silent)} ${silent.length === 1 ? "does" : "do"} not serve`);
};

const cluster: Evaluate = async (args, eyes) => {
  const hosts = args.words("hosts", eyes.hosts);
  const known = await statuses(hosts, eyes);
  const silent = hosts.filter((host) => !known.some((one) => one.host === host));
  if (silent.length > 0) return bad(`${list(silent)} ${silent.length === 1 ? "does" : "do"} not answer`);
  const ids = new Set(known.map((one) => one.cluster));
  if (ids.size > 1) return bad(`more than one cluster: ${known.map((one) => `${one.host} is in ${one.cluster}`).join(", ")}`);
  const id = known[0]!.cluster;
  if (args.has("same") && args.flag("same") !== (id === eyes.firstCluster)) return bad(args.flag("same") ? `this is another cluster than at the start: ${id}` : `this is still the cluster of the start: ${id}`);
  return good(`one cluster: ${id}`);
};

const sameData: Evaluate = async (args, eyes) => {
  const hosts = args.words("hosts", eyes.hosts);
  const known = await statuses(hosts, eyes);
  const silent = hosts.filter((host) => !known.some((one) => one.host === host));
  if (silent.length > 0) return bad(`${list(silent)} ${silent.length === 1 ? "does" : "do"} not answer`);
  const revision = Math.min(...known.map((one) => one.revision));
  const hashes = await Promise.all(hosts.map((host) => eyes.hash(host, revision)));
  const odd = new Map<number, string[]>();
  hosts.forEach((host, at) => odd.set(hashes[at]!, [...(odd.get(hashes[at]!) ?? []), host]));
  if (odd.size === 1) return good(`the same data on ${list(hosts)} at revision ${revision}`);
  return bad(`different data at revision ${revision}: ${[...odd].map(([hash, names]) => `${list(names)} ${hash}`).join("; ")}`);
};

const writes: Evaluate = async (args, eyes) => {
  const { ledger } = eyes;
  const from = args.has("after") ? (ledger.marks.get(args.text("after"))?.at ?? 0) : 0;
  const to = args.has("before") ? (ledger.marks.get(args.text("before"))?.at ?? 0) : Number.POSITIVE_INFINITY;
  const acknowledged = ledger.acknowledged(from, to).length;
  const lost = ledger.lost(await ledgerKeys(eyes), from, to);
  const which = args.has("before") ? ` before the ${args.text("before")}` : args.has("after") ? ` since the ${args.text("after")}` : "";
  const allowed = args.has("lost-at-most") ? args.number("lost-at-most") : 0;
  if (lost.length > allowed) return bad(`${lost.length} of ${acknowledged} acknowledged writes${which} are lost: ${lost[0]!.key}${lost.length > 1 ? ` to ${lost.at(-1)!.key}` : ""}`);
  return good(lost.length === 0 ? `all ${acknowledged} acknowledged writes${which} are there` : `${lost.length} of ${acknowledged} acknowledged writes${which} are lost, which is as little as can be`);
};

/** The ledger's keys as they are now. @throws Error when nobody serves */
export async function ledgerKeys(eyes: Eyes): Promise<Map<string, string>> {
  const { kvs } = await eyes.range(LEDGER_PREFIX, true);
  return new Map(kvs.map((kv) => [kv.key.toString(), kv.value.toString()]));
}

const outage: Evaluate = (args, eyes) => {
  const { longestMs, totalMs } = eyes.ledger.downtime(eyes.handedOverAt, eyes.now());
  const said = totalMs === 0 ? "no write has failed" : `writes failed for ${seconds(longestMs)} at the longest, ${seconds(totalMs)} in all`;
  const tooLong = (args.has("longest") && longestMs > args.ms("longest")) || (args.has("total") && totalMs > args.ms("total"));
  return Promise.resolve(tooLong ? bad(`${said}; at most ${args.has("longest") ? args.text("longest") : args.text("total")} is allowed`) : good(said));
};

const snapshot: Evaluate = async (args, eyes) => {
  const [host, file] = [args.text("host"), args.text("file")];
  if (eyes.file(host, file) === undefined) return bad(`${host} has no ${file}`);
  const status = await eyes.snapshot(host, file);
  const said = `${file}: revision ${status.revision}, ${status.totalKey} keys, hash ${status.hash.toString(16)}`;
  return all(
    [
      args.has("revision-at-least") && status.revision < revisionOf(args, "revision-at-least", eyes) ? bad(`${said}; it should have revision ${revisionOf(args, "revision-at-least", eyes)} or later`) : undefined,
      args.has("keys-at-least") && status.totalKey < args.number("keys-at-least") ? bad(`${said}; it should have ${args.number("keys-at-least")} keys or more`) : undefined,
    ],
    said,
  );
};

const service: Evaluate = (args, eyes) => {
  const [host, name] = [args.text("host"), args.text("unit")];
  const unit = eyes.unit(host, name);
  if (unit === undefined) return Promise.resolve(bad(`${host} has no unit ${name}`));
  return Promise.resolve(
    all(
      [
        args.has("is") && unit.activity !== args.text("is") ? bad(`${name} on ${host} is ${unit.activity}`) : undefined,
        args.has("enabled") && unit.enabled !== args.flag("enabled") ? bad(`${name} on ${host} is ${unit.enabled ? "enabled" : "disabled"}`) : undefined,
      ],
      `${name} on ${host} is ${unit.activity}${args.has("enabled") ? ` and ${unit.enabled ? "enabled" : "disabled"}` : ""}`,
    ),
  );
};

const file: Evaluate = (args, eyes) => {
  const [host, path] = [args.text("host"), args.text("path")];
  const content = eyes.file(host, path);
  if (args.has("exists") && !args.flag("exists")) return Promise.resolve(content === undefined ? good(`${path} is gone from ${host}`) : bad(`${host} still has ${path}`));
  if (content === undefined) return Promise.resolve(bad(`${host} has no ${path}`));
  const text = content.toString();
  return Promise.resolve(
    all(
      [
        args.has("equals") && text.trim() !== args.text("equals").trim() ? bad(`${path} on ${host} says ${short(text.trim())}`) : undefined,
        args.has("contains") && !text.includes(args.text("contains")) ? bad(`${path} on ${host} does not contain ${args.text("contains")}`) : undefined,
        args.has("matches") && !args.pattern("matches").test(text) ? bad(`${path} on ${host} says ${short(text.trim())}`) : undefined,
      ],
      `${path} is on ${host}`,
    ),
  );
};

const flag: Evaluate = (args, eyes) => {
  const [host, name] = [args.text("host"), args.text("flag")];
  const settings = eyes.settings(host);
  if (settings === undefined) return Promise.resolve(bad(`no etcd runs on ${host}`));
  const value = settings.get(name);
  if (args.flag("absent")) return Promise.resolve(value === undefined || value === "false" ? good(`etcd on ${host} runs without ${name}`) : bad(`etcd on ${host} runs with ${name}: ${value}`));
  if (value === undefined) return Promise.resolve(bad(`etcd on ${host} runs without ${name}`));
  const wrong = (args.has("is") && value !== args.text("is")) || (args.has("matches") && !args.pattern("matches").test(value));
  return Promise.resolve(wrong ? bad(`etcd on ${host} runs with ${name}: ${value}`) : good(`etcd on ${host} runs with ${name}: ${value}`));
};

const alarm: Evaluate = async (args, eyes) => {
  const wanted = args.text("none");
  const found = (await eyes.alarms()).filter((one) => wanted === "any" || one.alarm === wanted);
  return found.length === 0 ? good(wanted === "any" ? "no alarm" : `no alarm ${wanted}`) : bad(found.map((one) => `alarm ${one.alarm} of ${one.member}`).join(", "));
};

const db: Evaluate = async (args, eyes) => {
  const hosts = args.words("hosts", eyes.hosts);
  const known = await statuses(hosts, eyes);
  const silent = hosts.filter((host) => !known.some((one) => one.host === host));
  if (silent.length > 0) return bad(`${list(silent)} ${silent.length === 1 ? "does" : "do"} not answer`);
  const big = known.find((one) => args.has("below") && one.dbSize >= args.bytes("below"));
  if (big !== undefined) return bad(`the database of ${big.host} has ${size(big.dbSize)}; below ${args.text("below")} is wanted`);
  const airy = known.find((one) => args.has("in-use-at-least") && one.dbSizeInUse / one.dbSize < args.number("in-use-at-least"));
  if (airy !== undefined) return bad(`of the ${size(airy.dbSize)} of ${airy.host} only ${size(airy.dbSizeInUse)} are in use`);
  return good(known.map((one) => `${one.host} ${size(one.dbSize)}`).join(", "));
};

const certificate: Evaluate = (args, eyes) => {
  const [host, path] = [args.text("host"), args.text("file")];
  const content = eyes.file(host, path);
  if (content === undefined) return Promise.resolve(bad(`${host} has no ${path}`));
  const read = new X509Certificate(content);
  const until = Date.parse(read.validTo);
  const names = (read.subjectAltName ?? "").split(/,\s*/).map((one) => one.replace(/^(DNS|IP Address):/, ""));
  const missing = args.has("names") ? args.words("names").filter((one) => !names.includes(one)) : [];
  return Promise.resolve(
    all(
      [
        until < eyes.now() ? bad(`${path} on ${host} expired at ${read.validTo}`) : undefined,
        args.has("valid-for") && until < eyes.now() + args.ms("valid-for") ? bad(`${path} on ${host} is valid only until ${read.validTo}`) : undefined,
        missing.length > 0 ? bad(`${path} on ${host} is for ${list(names)}, not for ${list(missing)}`) : undefined,
      ],
      `${path} on ${host} is valid until ${read.validTo}`,
    ),
  );
};

const command: Evaluate = async (args, eyes) => {
  const [host, line] = [args.text("host"), args.text("run")];
  const { status, out, err } = await eyes.run(host, line);
  const printed = short((out.trim() || err.trim()).split("\n").at(-1) ?? "");
  if (args.has("fails") && args.flag("fails") !== (status !== 0)) return bad(args.flag("fails") ? "it works, and should not" : `it fails: ${printed}`);
  if (args.has("exit") && status !== args.number("exit")) return bad(`it exits with ${status}: ${printed}`);
  if (!args.has("exit") && !args.has("fails") && status !== 0) return bad(`it exits with ${status}: ${printed}`);
  if (args.has("prints") && out.trim() !== args.text("prints").trim()) return bad(`it prints ${short(out.trim().replaceAll("\n", " "))}`);
  if (args.has("matches") && !args.pattern("matches").test(out)) return bad(`it prints ${short(out.trim().replaceAll("\n", " "))}`);
  return good(args.flag("fails") ? "it is refused" : printed === "" ? "it is so" : `it prints ${printed}`);
};

const never: Evaluate = (args, eyes) => {
  const done = eyes.dangers().filter((one) => args.words("acts").includes(one));
  return Promise.resolve(done.length === 0 ? good("it was not done") : bad(`it was done: ${done.join(", ")}`));
};

const evaluators: Readonly<Record<CheckKind, Evaluate>> = {
  key,
  keys,
  members,
  leader,
  healthy,
  cluster,
  "same-data": sameData,
  writes,
  outage,
  snapshot,
  service,
  file,
  flag,
  alarm,
  db,
  certificate,
  command,
  never,
};
