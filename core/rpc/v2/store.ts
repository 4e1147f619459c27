/**
 * The v2 tree over the v3 store: every change is one guarded transaction that also records its event; a change that lost
 * a race reads again. Semantics and order of checks: etcd 3.4 server/etcdserver/api/v2store/store.go.
 */
import * as pb from "../../proto/gen/etcdserverpb.ts";
import type { EtcdServer, RequestContext } from "../../server/api.ts";
import { V2Error } from "./errors.ts";
import { atIndex, storeEvent, type V2Action, type V2Event } from "./event.ts";
import { ACTION_KEY, chainOf, cleanPath, DEPTH_MAX, depthOf, levelBelow, nodeKey, pathOfKey } from "./keys.ts";
import { formatTime, indexOf, isHidden, type NodeView, readNode, ROOT, type V2Node, viewNode, writeNode } from "./node.ts";
import type { StoreStats } from "./stats.ts";

/** Races lost before a change is given up. */
const ATTEMPTS_MAX = 64;

export interface Expiry {
  /** undefined: for ever */
  readonly ttlSeconds: number | undefined;
  /** keeps the value, and no watcher is told */
  readonly refresh: boolean;
}

/** What a path's ancestors and the path itself looked like at one revision. */
interface Sight {
  readonly path: string;
  /** store index */
  readonly index: number;
  readonly revision: number;
  readonly chain: readonly { readonly path: string; readonly node: V2Node | undefined; readonly revision: number }[];
}

interface Change {
  readonly event: V2Event;
  readonly puts?: readonly { readonly path: string; readonly value: Buffer; readonly lease?: bigint }[];
  readonly removes?: readonly { readonly key: Buffer; readonly rangeEnd: Buffer }[];
  readonly guards?: readonly pb.Compare[];
}

export interface Outcome {
  readonly event: V2Event;
  /** X-Etcd-Index */
  readonly index: number;
}

export class V2Store {
  constructor(
    private readonly server: EtcdServer,
    private readonly stats: StoreStats,
    private readonly now: () => number,
  ) {}

  index(): number {
    return indexOf(this.server.revision());
  }

  async get(path: string, recursive: boolean, context: RequestContext): Promise<Outcome> {
    const sight = await this.look(path, context);
    const node = this.found(sight, "gets");
    const view = node.dir ? viewNode(node, this.now(), await this.children(sight, recursive, context)) : viewNode(node, this.now());
    this.stats.count("gets", true);
    return { event: { action: "get", node: view }, index: sight.index };
  }

  set(path: string, dir: boolean, value: string, expiry: Expiry, context: RequestContext): Promise<Outcome> {
    return this.change(path, expiry, "sets", context, (sight, lease, expiration) => {
      const existing = this.existing(sight);
      if (expiry.refresh && existing === undefined) throw this.missing(sight);
      return this.creation("set", sight, dir, expiry.refresh ? existing!.value : value, true, expiry, lease, expiration);
    });
  }

  /** @param unique makes a name of its own below `path`, in order */
  create(path: string, dir: boolean, value: string, unique: boolean, expiry: Expiry, context: RequestContext): Promise<Outcome> {
    const name = (): string => (unique ? cleanPath(`${path}/${String(this.index() + 1).padStart(20, "0")}`) : path);
    return this.change(name, expiry, "create", context, (sight, lease, expiration) =>
      this.creation("create", sight, dir, value, false, expiry, lease, expiration),
    );
  }

  update(path: string, value: string, expiry: Expiry, context: RequestContext): Promise<Outcome> {
    return this.change(path, expiry, "update", context, (sight, lease, expiration) => {
      this.writable(sight);
      const node = this.found(sight);
      if (node.dir && value !== "") throw new V2Error(102, node.path, sight.index);
      return this.rewrite("update", node, expiry.refresh ? node.value : value, expiry, lease, expiration);
    });
  }

  compareAndSwap(
    path: string,
    prevValue: string,
    prevIndex: number,
    value: string,
    expiry: Expiry,
    context: RequestContext,
  ): Promise<Outcome> {
    return this.change(path, expiry, "compareAndSwap", context, (sight, lease, expiration) => {
      this.writable(sight);
      const node = this.found(sight);
      if (node.dir) throw new V2Error(102, node.path, sight.index);
      compare(node, prevValue, prevIndex, sight.index);
      return this.rewrite("compareAndSwap", node, expiry.refresh ? node.value : value, expiry, lease, expiration);
    });
  }

  delete(path: string, dir: boolean, recursive: boolean, context: RequestContext): Promise<Outcome> {
    return this.change(path, undefined, "delete", context, async (sight) => {
      this.writable(sight);
      const node = this.found(sight);
      if (!node.dir) return this.removal("delete", node);
      if (!dir && !recursive) throw new V2Error(102, node.path, sight.index);
      if (recursive) return this.removal("delete", node, await this.levelsBelow(sight, context));
      const children = levelBelow(sight.path, 1);
      if ((await this.count(children, sight.revision, context)) > 0) throw new V2Error(108, node.path, sight.index);
      // no child may slip in meanwhile: an existing key of the range would have a version
      const guard = pb.Compare.create({ ...children, target: pb.Compare_CompareTarget.VERSION, result: pb.Compare_CompareResult.EQUAL, version: 0 });
      return this.removal("delete", node, [], [guard]);
    });
  }

  compareAndDelete(path: string, prevValue: string, prevIndex: number, context: RequestContext): Promise<Outcome> {
    return this.change(path, undefined, "compareAndDelete", context, (sight) => {
      const node = this.found(sight);
      if (node.dir) throw new V2Error(102, node.path, sight.index);
      compare(node, prevValue, prevIndex, sight.index);
      return this.removal("compareAndDelete", node);
    });
  }

  // ---- reading

  private async look(path: string, context: RequestContext): Promise<Sight> {
    if (depthOf(path) > DEPTH_MAX) throw new V2Error(210, `path deeper than ${DEPTH_MAX}`, 0);
    const chain = chainOf(path);
    if (chain.length === 0) {
      const revision = this.server.revision();
      return { path, index: indexOf(revision), revision, chain: [] };
    }
    const success = chain.map((ancestor) =>
      pb.RequestOp.create({ requestRange: pb.RangeRequest.create({ key: nodeKey(ancestor), serializable: true }) }),
    );
    const response = await this.server.txn(pb.TxnRequest.create({ success }), context);
    const revision = response.header?.revision ?? this.server.revision();
    let alive = true;
    return {
      path,
      index: indexOf(revision),
      revision,
      chain: chain.map((ancestor, position) => {
        const kv = response.responses[position]?.responseRange?.kvs[0];
        // what an expired directory left behind is not there, but its key still is
        const node = alive && kv !== undefined ? readNode(ancestor, kv) : undefined;
        alive = node !== undefined && node.dir;
        return { path: ancestor, node, revision: kv?.modRevision ?? 0 };
      }),
    };
  }

  /** The node, or undefined where it does not exist. @throws V2Error 104 where a file stands in the way */
  private existing(sight: Sight): V2Node | undefined {
    if (sight.chain.length === 0) return ROOT;
    for (const step of sight.chain.slice(0, -1)) {
      if (step.node === undefined) return undefined;
      if (!step.node.dir) throw new V2Error(104, step.path, sight.index);
    }
    return sight.chain.at(-1)!.node;
  }

  private found(sight: Sight, kind?: "gets"): V2Node {
    try {
      const node = this.existing(sight);
      if (node === undefined) throw this.missing(sight);
      return node;
    } catch (error) {
      if (kind !== undefined) this.stats.count(kind, false);
      throw error;
    }
  }

  private missing(sight: Sight): V2Error {
    return new V2Error(100, sight.chain.find((step) => step.node === undefined)?.path ?? sight.path, sight.index);
  }

  private writable(sight: Sight): void {
    if (sight.path === "/") throw new V2Error(107, "/", sight.index);
  }

  private async children(sight: Sight, recursive: boolean, context: RequestContext): Promise<NodeView[]> {
    interface Branch {
      readonly node: V2Node;
      readonly branches: Branch[];
    }
    const now = this.now();
    const top: Branch[] = [];
    let parents = new Map<string, Branch[]>([[sight.path, top]]);
    for (let level = 1; parents.size > 0; level++) {
      const kvs = await this.range(levelBelow(sight.path, level), sight.revision, context);
      const next = new Map<string, Branch[]>();
      for (const kv of kvs) {
        const path = pathOfKey(kv.key);
        if (path === undefined) continue;
        const parent = path.slice(0, path.lastIndexOf("/"));
        const siblings = parents.get(parent === "" ? "/" : parent);
        if (siblings === undefined || isHidden(path)) continue;
        const branch: Branch = { node: readNode(path, kv), branches: [] };
        siblings.push(branch);
        if (recursive && branch.node.dir) next.set(path, branch.branches);
      }
      parents = next;
    }
    const view = (branch: Branch): NodeView => viewNode(branch.node, now, branch.branches.map(view));
    return top.map(view);
  }

  private async range(what: { readonly key: Buffer; readonly rangeEnd: Buffer }, revision: number, context: RequestContext) {
    return (await this.server.range(pb.RangeRequest.create({ ...what, revision, serializable: true }), context)).kvs;
  }

  private async count(what: { readonly key: Buffer; readonly rangeEnd: Buffer }, revision: number, context: RequestContext): Promise<number> {
    return (await this.server.range(pb.RangeRequest.create({ ...what, revision, serializable: true, countOnly: true }), context)).count;
  }

  private async levelsBelow(sight: Sight, context: RequestContext): Promise<{ readonly key: Buffer; readonly rangeEnd: Buffer }[]> {
    const levels = [];
    for (let level = 1; level + depthOf(sight.path) <= DEPTH_MAX; level++) {
      const range = levelBelow(sight.path, level);
      if ((await this.count(range, sight.revision, context)) > 0) levels.push(range);
    }
    return levels;
  }

  // ---- writing

  private creation(
    action: V2Action,
    sight: Sight,
    dir: boolean,
    value: string,
    replace: boolean,
    expiry: Expiry,
    lease: bigint,
    expiration: string | undefined,
  ): Change {
    this.writable(sight);
    const node = this.existing(sight);
    if (node !== undefined) {
      if (!replace) throw new V2Error(105, node.path, sight.index);
      if (node.dir) throw new V2Error(102, node.path, sight.index);
    }
    const parents = sight.chain.slice(0, -1).filter((step) => step.node === undefined);
    const puts = parents.map(({ path }) => ({ path, value: writeNode({ dir: true }) }));
    const own = writeNode({ ...(dir ? { dir } : { value }), ...(expiration === undefined ? {} : { expiration }) });
    return {
      puts: [...puts, { path: sight.path, value: own, lease }],
      event: {
        action,
        node: { key: sight.path, ...(dir ? { dir } : { value }), ...lifetime(expiry, expiration) },
        ...(node === undefined ? {} : { prevNode: viewNode(node, this.now()) }),
        ...(expiry.refresh ? { refresh: true } : {}),
      },
    };
  }

  /** New value or TTL for a node that stays. A directory keeps its modified index, as etcd's does. */
  private rewrite(action: V2Action, node: V2Node, value: string, expiry: Expiry, lease: bigint, expiration: string | undefined): Change {
    const stored = {
      ...(node.dir ? { dir: true as const, modified: node.modifiedIndex } : { value }),
      ...(expiration === undefined ? {} : { expiration }),
      created: node.createdIndex,
    };
    return {
      puts: [{ path: node.path, value: writeNode(stored), lease }],
      event: {
        action,
        node: { key: node.path, ...(node.dir ? { dir: true } : { value }), ...lifetime(expiry, expiration), createdIndex: node.createdIndex },
        prevNode: viewNode(node, this.now()),
        ...(expiry.refresh ? { refresh: true } : {}),
      },
    };
  }

  private removal(
    action: V2Action,
    node: V2Node,
    below: readonly { readonly key: Buffer; readonly rangeEnd: Buffer }[] = [],
    guards: readonly pb.Compare[] = [],
  ): Change {
    return {
      removes: [{ key: nodeKey(node.path), rangeEnd: Buffer.alloc(0) }, ...below],
      guards,
      event: {
        action,
        node: { key: node.path, ...(node.dir ? { dir: true } : {}), createdIndex: node.createdIndex },
        prevNode: viewNode(node, this.now()),
      },
    };
  }

  private async change(
    path: string | (() => string),
    expiry: Expiry | undefined,
    kind: "sets" | "create" | "update" | "compareAndSwap" | "delete" | "compareAndDelete",
    context: RequestContext,
    decide: (sight: Sight, lease: bigint, expiration: string | undefined) => Change | Promise<Change>,
  ): Promise<Outcome> {
    const ttl = expiry?.ttlSeconds;
    const expiration = ttl === undefined ? undefined : formatTime(this.now() + ttl * 1000);
    let lease = 0n;
    try {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        await this.server.linearizable(context);
        const sight = await this.look(typeof path === "string" ? path : path(), context);
        await decide(sight, 0n, expiration); // an error now spares a lease
        if (ttl !== undefined && lease === 0n) lease = (await this.server.leaseGrant(pb.LeaseGrantRequest.create({ TTL: Math.max(1, ttl) }), context)).ID;
        const change = await decide(sight, lease, expiration);
        await this.clearLeftovers(sight, change, context);
        const index = await this.commit(sight, change, context);
        if (index === undefined) continue;
        this.stats.count(kind, true);
        return { event: atIndex(change.event, index), index };
      }
    } catch (error) {
      if (error instanceof V2Error) this.stats.count(kind, false);
      throw error;
    }
    throw new V2Error(300, "too many concurrent changes", 0);
  }

  /** The index of the change; undefined where something it relied on had changed. */
  private async commit(sight: Sight, change: Change, context: RequestContext): Promise<number | undefined> {
    const compare = [...sight.chain.map((step) => unchanged(step.path, step.revision)), ...(change.guards ?? [])];
    const success = [
      ...(change.puts ?? []).map(({ path, value, lease }) =>
        pb.RequestOp.create({ requestPut: pb.PutRequest.create({ key: nodeKey(path), value, lease: lease ?? 0n }) }),
      ),
      ...(change.removes ?? []).map((range) => pb.RequestOp.create({ requestDeleteRange: pb.DeleteRangeRequest.create(range) })),
      pb.RequestOp.create({ requestPut: pb.PutRequest.create({ key: ACTION_KEY, value: storeEvent(change.event) }) }),
    ];
    const response = await this.server.txn(pb.TxnRequest.create({ compare, success }), context);
    return response.succeeded ? indexOf(response.header?.revision ?? this.server.revision()) : undefined;
  }

  /** Children that an expired directory of the same name left must not come back with the new one. */
  private async clearLeftovers(sight: Sight, change: Change, context: RequestContext): Promise<void> {
    for (const { path, value } of change.puts ?? []) {
      const step = sight.chain.find((candidate) => candidate.path === path);
      if (step?.node !== undefined || JSON.parse(value.toString("utf8")).dir !== true) continue;
      const children = levelBelow(path, 1);
      if ((await this.count(children, sight.revision, context)) === 0) continue;
      const success = [
        pb.RequestOp.create({ requestDeleteRange: pb.DeleteRangeRequest.create(children) }),
        pb.RequestOp.create({ requestPut: pb.PutRequest.create({ key: ACTION_KEY, value: storeEvent(null) }) }),
      ];
      await this.server.txn(pb.TxnRequest.create({ compare: sight.chain.map((each) => unchanged(each.path, each.revision)), success }), context);
    }
  }
}

function unchanged(path: string, revision: number): pb.Compare {
  return pb.Compare.create({
    key: nodeKey(path),
    target: pb.Compare_CompareTarget.MOD,
    result: pb.Compare_CompareResult.EQUAL,
    modRevision: revision,
  });
}

function lifetime(expiry: Expiry, expiration: string | undefined): { expiration?: string; ttl?: number } {
  return expiration === undefined ? {} : { expiration, ttl: expiry.ttlSeconds ?? 0 };
}

function compare(node: V2Node, prevValue: string, prevIndex: number, index: number): void {
  const valueDiffers = prevValue !== "" && node.value !== prevValue;
  const indexDiffers = prevIndex !== 0 && node.modifiedIndex !== prevIndex;
  if (!valueDiffers && !indexDiffers) return;
  const causes = [];
  if (valueDiffers) causes.push(`[${prevValue} != ${node.value}]`);
  if (indexDiffers) causes.push(`[${prevIndex} != ${node.modifiedIndex}]`);
  throw new V2Error(101, causes.join(" "), index);
}
