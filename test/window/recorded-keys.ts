/** A small store with revisions, for the recorded lab: sorted keys, history, compaction. Made up, but of the true shape. */
import { CommandError } from "../../core/lab/contract/host.ts";
import type { Commands, KeyDetail, KeyRevision, KeySummary } from "../../core/lab/contract/protocol.ts";

interface Step {
  readonly revision: number;
  readonly value: string;
  readonly deleted: boolean;
  readonly version: number;
}

interface Stored {
  createRevision: number;
  lease: string;
  readonly steps: Step[];
}

export const toBase64 = (text: string): string => Buffer.from(text).toString("base64");
export const fromBase64 = (text: string): string => Buffer.from(text, "base64").toString("latin1");

export class RecordedKeys {
  revision = 1;
  readonly #keys = new Map<string, Stored>();
  #sorted: string[] | null = null;

  get count(): number {
    return this.#live().length;
  }

  put(key: string, value: string, lease = "0"): number {
    const name = Buffer.from(key).toString("latin1");
    this.revision += 1;
    const known = this.#keys.get(name);
    const last = known?.steps.at(-1);
    if (known === undefined || last === undefined || last.deleted) {
      const stored = known ?? { createRevision: 0, lease, steps: [] };
      stored.createRevision = this.revision;
      stored.steps.push({ revision: this.revision, value, deleted: false, version: 1 });
      this.#keys.set(name, stored);
      this.#sorted = null;
    } else {
      known.steps.push({ revision: this.revision, value, deleted: false, version: last.version + 1 });
    }
    return this.revision;
  }

  delete(key: string): number {
    const known = this.#keys.get(Buffer.from(key).toString("latin1"));
    const last = known?.steps.at(-1);
    if (known === undefined || last === undefined || last.deleted) return 0;
    this.revision += 1;
    known.steps.push({ revision: this.revision, value: "", deleted: true, version: 0 });
    this.#sorted = null;
    return 1;
  }

  get(key: string): string | undefined {
    const last = this.#keys.get(Buffer.from(key).toString("latin1"))?.steps.at(-1);
    return last === undefined || last.deleted ? undefined : last.value;
  }

  list(args: Commands["keys.list"]["args"]): Commands["keys.list"]["reply"] {
    const prefix = fromBase64(args.prefix);
    const after = fromBase64(args.after);
    const all = this.#live();
    let at = lowerBound(all, prefix);
    const end = prefix === "" ? all.length : lowerBound(all, `${prefix}\uffff`);
    const count = end - at;
    if (args.after !== "") {
      at = Math.max(at, lowerBound(all, after));
      if (all[at] === after) at += 1;
    }
    const keys = all.slice(at, Math.min(end, at + args.limit)).map((name) => this.#summary(name));
    return { keys, more: at + args.limit < end, count, revision: this.revision };
  }

  find(args: Commands["keys.get"]["args"]): Commands["keys.get"]["reply"] {
    const name = fromBase64(args.key);
    const last = this.#keys.get(name)?.steps.at(-1);
    if (last === undefined || last.deleted) return { found: null, revision: this.revision };
    const found: KeyDetail = { ...this.#summary(name), value: toBase64(last.value) };
    return { found, revision: this.revision };
  }

  history(args: Commands["keys.history"]["args"]): Commands["keys.history"]["reply"] {
    const known = this.#keys.get(fromBase64(args.key));
    if (known === undefined) throw new CommandError("failed", "no such key");
    const revisions: KeyRevision[] = known.steps
      .slice(-args.limit)
      .reverse()
      .map((step) => ({ revision: step.revision, version: step.version, value: toBase64(step.value), deleted: step.deleted }));
    return { revisions, compactRevision: 0 };
  }

  #live(): string[] {
    this.#sorted ??= [...this.#keys.entries()].filter(([, stored]) => stored.steps.at(-1)?.deleted === false).map(([name]) => name).sort();
    return this.#sorted;
  }

  #summary(name: string): KeySummary {
    const stored = this.#keys.get(name);
    const last = stored?.steps.at(-1);
    if (stored === undefined || last === undefined) throw new Error(`no key ${name}`);
    return {
      key: Buffer.from(name, "latin1").toString("base64"),
      createRevision: stored.createRevision,
      modRevision: last.revision,
      version: last.version,
      lease: stored.lease,
      valueBytes: Buffer.byteLength(last.value),
    };
  }
}

function lowerBound(sorted: readonly string[], wanted: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

const namespaces = ["default", "kube-system", "shop"];
const words = ["api", "cart", "catalog", "checkout", "front", "ledger", "mail", "orders", "search", "users"];

/** What a small Kubernetes would keep, and `many` plain keys beside it. */
export function fillKeys(store: RecordedKeys, many: number): void {
  for (const node of ["m1", "m2", "m3"]) {
    store.put(`/registry/minions/${node}`, JSON.stringify({ kind: "Node", metadata: { name: node }, status: { capacity: { cpu: "2" } } }));
    store.put(`/registry/leases/kube-node-lease/${node}`, JSON.stringify({ holder: node, seconds: 40 }), "7587869a1b2c3d0a");
  }
  for (const namespace of namespaces) {
    store.put(`/registry/namespaces/${namespace}`, JSON.stringify({ kind: "Namespace", metadata: { name: namespace }, status: { phase: "Active" } }));
    for (const word of words) {
      store.put(`/registry/configmaps/${namespace}/${word}`, JSON.stringify({ kind: "ConfigMap", data: { retries: "3", mode: "steady" } }));
      store.put(`/registry/pods/${namespace}/${word}-7d4f9`, JSON.stringify({ kind: "Pod", metadata: { name: word }, status: { phase: "Running" } }));
      store.put(`/registry/services/specs/${namespace}/${word}`, JSON.stringify({ kind: "Service", spec: { port: 80, selector: { app: word } } }));
    }
  }
  store.put("/registry/configmaps/shop/cart", JSON.stringify({ kind: "ConfigMap", data: { retries: "5", mode: "steady" } }));
  store.put("/registry/configmaps/shop/cart", JSON.stringify({ kind: "ConfigMap", data: { retries: "5", mode: "careful", timeout: "2s" } }));
  store.put("key1", "value1");
  store.put("key2", "value2");
  store.put("binary", String.fromCharCode(0, 1, 2, 254, 255, 10, 65));
  for (let at = 0; at < many; at += 1) store.put(`/load/${String(at % 16).padStart(2, "0")}/k${String(at).padStart(6, "0")}`, `v${at}`);
}
