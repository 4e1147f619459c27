/**
 * Nodes of the v2 tree: how they are kept under a v3 key, and how they are told to clients. A node is one v3 pair whose
 * value is a JSON document; an index is the v3 revision.
 */
import type { KeyValue } from "../../proto/gen/mvccpb.ts";

/** Value of a node's v3 key. Indexes are only written down where the pair's own revisions do not tell them. */
interface StoredNode {
  readonly dir?: true;
  readonly value?: string;
  /** RFC 3339 */
  readonly expiration?: string;
  /** absent: the node was made by the write that made this value */
  readonly created?: number;
  /** absent: as the pair's mod revision */
  readonly modified?: number;
}

export interface V2Node {
  /** "/a/b"; "" for the root, which is not told */
  readonly path: string;
  readonly dir: boolean;
  readonly value: string;
  readonly expiration: string | undefined;
  readonly createdIndex: number;
  readonly modifiedIndex: number;
  /** v3 mod revision, to be compared with in transactions; 0 = not stored */
  readonly revision: number;
}

/** A node as a response or an event shows it. */
export interface NodeView {
  readonly key: string;
  readonly value?: string;
  readonly dir?: boolean;
  readonly expiration?: string;
  readonly ttl?: number;
  readonly nodes?: readonly NodeView[];
  /** absent in a stored event: the event's own index */
  readonly modifiedIndex?: number;
  readonly createdIndex?: number;
}

export const ROOT: V2Node = { path: "", dir: true, value: "", expiration: undefined, createdIndex: 0, modifiedIndex: 0, revision: 0 };

/**
 * The v3 revision itself: as in a v2 store whose first indexes went to the members and the version, the first write comes after
 * index 1, and a watch --after-index=1 has it.
 */
export function indexOf(revision: number): number {
  return revision;
}

export function readNode(path: string, kv: KeyValue): V2Node {
  const stored = JSON.parse(kv.value.toString("utf8")) as StoredNode;
  const index = indexOf(kv.modRevision);
  return {
    path,
    dir: stored.dir === true,
    value: stored.value ?? "",
    expiration: stored.expiration,
    createdIndex: stored.created ?? index,
    modifiedIndex: stored.modified ?? index,
    revision: kv.modRevision,
  };
}

export function writeNode(node: StoredNode): Buffer {
  return Buffer.from(JSON.stringify(node));
}

/** Seconds left, rounded up; 0 where there is no expiration, or it has passed. */
function ttlOf(expiration: string | undefined, nowMs: number): number {
  return expiration === undefined ? 0 : Math.max(0, Math.ceil((Date.parse(expiration) - nowMs) / 1000));
}

/** Go's RFC3339Nano of a time in ms: fractions without trailing zeros. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, "Z");
}

export function isHidden(path: string): boolean {
  return path.slice(path.lastIndexOf("/") + 1).startsWith("_");
}

/** @param nodes children, for directories that are listed */
export function viewNode(node: V2Node, nowMs: number, nodes?: readonly NodeView[]): NodeView {
  return {
    key: node.path,
    ...(node.dir ? { dir: true } : { value: node.value }),
    ...(node.expiration === undefined ? {} : { expiration: node.expiration, ttl: ttlOf(node.expiration, nowMs) }),
    ...(nodes === undefined || nodes.length === 0 ? {} : { nodes }),
    modifiedIndex: node.modifiedIndex,
    createdIndex: node.createdIndex,
  };
}

/** Go's encoding/json of a string: HTML's special characters and the two line separators are escaped. */
export function goString(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029\ud800-\udfff]/g, (char) => {
    const code = char.charCodeAt(0);
    return code >= 0xd800 && code <= 0xdfff ? char : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** etcd's field order; zero values left out. */
export function nodeJson(node: NodeView): string {
  const parts: string[] = [];
  if (node.key !== "") parts.push(`"key":${goString(node.key)}`);
  if (node.value !== undefined) parts.push(`"value":${goString(node.value)}`);
  if (node.dir === true) parts.push('"dir":true');
  if (node.expiration !== undefined) parts.push(`"expiration":"${node.expiration}"`);
  if (node.ttl !== undefined && node.ttl !== 0) parts.push(`"ttl":${node.ttl}`);
  if (node.nodes !== undefined && node.nodes.length > 0) parts.push(`"nodes":[${node.nodes.map(nodeJson).join(",")}]`);
  if (node.modifiedIndex !== undefined && node.modifiedIndex !== 0) parts.push(`"modifiedIndex":${node.modifiedIndex}`);
  if (node.createdIndex !== undefined && node.createdIndex !== 0) parts.push(`"createdIndex":${node.createdIndex}`);
  return `{${parts.join(",")}}`;
}
