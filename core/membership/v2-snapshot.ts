/**
 * The v2 store's JSON in `.snap` and in raft snapshots: membership and cluster version as 3.4 and 3.5 keep them (etcd
 * server/etcdserver/api/membership/storev2.go, api/v2store). Key-value data is never in it. Event history and statistics
 * are left out: readers unmarshal over a fresh store.
 */
import { GoJsonError, isGoJsonObject, parseGoJson, stringifyGoJson, type GoJson, type GoJsonObject } from "./go-json.ts";
import {
  decodeAttributes,
  decodeRaftAttributes,
  encodeAttributes,
  encodeRaftAttributes,
  formatId,
  parseId,
  type Member,
} from "./member.ts";
import { MembershipError } from "./membership-error.ts";

export interface ClusterState {
  readonly members: ReadonlyMap<bigint, Member>;
  readonly removed: ReadonlySet<bigint>;
  /** undefined: not decided */
  readonly version: string | undefined;
}

export interface DecodedV2Snapshot extends ClusterState {
  /** User data under /1 or auth data under /2: etcd 3.6 refuses to start on it. */
  readonly hasCustomContent: boolean;
}

/** What stands for "never expires". */
const never = "0001-01-01T00:00:00Z";

/** A node being built; indexes count the writes as the v2 store would. */
interface Node {
  readonly path: string;
  readonly createdIndex: number;
  readonly value: string;
  /** undefined: a file */
  readonly children: Map<string, Node> | undefined;
}

class TreeBuilder {
  index = 0;
  readonly root = this.directory("/", 0);

  constructor() {
    for (const name of ["0", "1"]) this.root.children!.set(name, this.directory(`/${name}`, 0));
  }

  write(path: string, value: string): void {
    const names = path.split("/").slice(1);
    let parent = this.root;
    for (const [depth, name] of names.slice(0, -1).entries()) {
      let child = parent.children!.get(name);
      if (child === undefined) {
        child = this.directory(`/${names.slice(0, depth + 1).join("/")}`, this.index);
        parent.children!.set(name, child);
      }
      parent = child;
    }
    this.index++;
    parent.children!.set(names[names.length - 1]!, { path, createdIndex: this.index, value, children: undefined });
  }

  private directory(path: string, createdIndex: number): Node {
    return { path, createdIndex, value: "", children: new Map() };
  }
}

export function encodeV2Snapshot(state: ClusterState): Buffer {
  const tree = new TreeBuilder();
  for (const member of sortedById(state.members.values())) {
    const path = `/0/members/${formatId(member.id)}`;
    tree.write(`${path}/raftAttributes`, encodeRaftAttributes(member));
    if (member.clientUrls.length > 0) tree.write(`${path}/attributes`, encodeAttributes(member));
  }
  for (const id of state.removed) tree.write(`/0/removed_members/${formatId(id)}`, "");
  if (state.version !== undefined) tree.write("/0/version", state.version);
  return Buffer.from(stringifyGoJson({ Root: nodeJson(tree.root), CurrentIndex: tree.index, CurrentVersion: 2 }));
}

/** @throws MembershipError the JSON is not a v2 store, or its membership is damaged */
export function decodeV2Snapshot(data: Buffer): DecodedV2Snapshot {
  try {
    return decode(data);
  } catch (error) {
    if (error instanceof GoJsonError || error instanceof SyntaxError) {
      throw new MembershipError("membership.bad_store", `failed to recover v2 store: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function decode(data: Buffer): DecodedV2Snapshot {
  const store = parseGoJson(data.toString());
  const root = isGoJsonObject(store) ? store.Root : undefined;
  const members = new Map<bigint, Member>();
  for (const [name, node] of children(root, "0", "members")) {
    const id = parseId(name);
    members.set(id, memberOf(id, node));
  }
  const removed = new Set(children(root, "0", "removed_members").map(([name]) => parseId(name)));
  const version = fileValue(children(root, "0").find(([name]) => name === "version")?.[1]);
  return { members, removed, version, hasCustomContent: hasCustomContent(root) };
}

function memberOf(id: bigint, node: GoJson): Member {
  const files = new Map(children(node));
  for (const name of files.keys()) {
    if (name !== "raftAttributes" && name !== "attributes") bad(`member ${formatId(id)}: unknown key ${JSON.stringify(name)}`);
  }
  const raftAttributes = fileValue(files.get("raftAttributes"));
  if (raftAttributes === undefined) return bad(`member ${formatId(id)}: raftAttributes key doesn't exist`);
  const attributes = fileValue(files.get("attributes"));
  const published = attributes === undefined ? { name: "", clientUrls: [] } : decodeAttributes(attributes);
  return { id, ...decodeRaftAttributes(raftAttributes), ...published };
}

function hasCustomContent(root: GoJson | undefined): boolean {
  return children(root).some(([name, node]) => {
    if (name === "0") return false;
    // empty /2/users and /2/roles are what disabled v2 auth leaves behind
    if (name === "2") return children(node).some(([, child]) => children(child).length > 0);
    return children(node).length > 0;
  });
}

/** Children by name of the node at the path; none where the path does not exist. */
function children(node: GoJson | undefined, ...path: string[]): [string, GoJson][] {
  if (!isGoJsonObject(node)) return [];
  const nodes = node.Children;
  if (!isGoJsonObject(nodes)) return [];
  const [name, ...rest] = path;
  if (name !== undefined) return children(nodes[name], ...rest);
  return Object.entries(nodes).flatMap(([key, child]) => (child === undefined ? [] : [[key, child] as [string, GoJson]]));
}

function fileValue(node: GoJson | undefined): string | undefined {
  const value = isGoJsonObject(node) ? node.Value : undefined;
  return typeof value === "string" ? value : undefined;
}

function nodeJson(node: Node): GoJsonObject {
  return {
    Path: node.path,
    CreatedIndex: node.createdIndex,
    ModifiedIndex: node.createdIndex,
    ExpireTime: never,
    Value: node.value,
    Children: node.children === undefined ? null : childrenJson(node.children),
  };
}

function childrenJson(nodes: ReadonlyMap<string, Node>): GoJsonObject {
  // Go sorts the keys of its maps. JavaScript moves integer-like names to the front, in numeric order: a member id in
  // hex can look like one, and the order of such is of no consequence to any reader.
  const sorted = [...nodes].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, node]) => [name, nodeJson(node)]));
}

function sortedById(members: Iterable<Member>): Member[] {
  return [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function bad(reason: string): never {
  throw new MembershipError("membership.bad_store", `v2 store: ${reason}`);
}
