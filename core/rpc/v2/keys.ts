/**
 * Where the v2 tree lies in the v3 key space: `<prefix>/<depth>/<path>`, as etcd 3.4's v2v3 store lays it out, so that the
 * children of a directory are one range. `<prefix>/act` holds the last event, whose history is the event history.
 */

import { V2_ACTION_KEY, V2_PREFIX, v2Range } from "../../mvcc/v2-range.ts";

export const ACTION_KEY = V2_ACTION_KEY;
/** Everything of the tree, for one watcher. */
export const TREE_START = v2Range.key;
export const TREE_END = v2Range.rangeEnd;

/** Deepest path taken; each ancestor costs a comparison in every write below it. */
export const DEPTH_MAX = 63;

/** path.Clean("/" + path): one slash between names, no dots, no slash at the end; "/" for the root. */
export function cleanPath(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === "..") names.pop();
    else names.push(name);
  }
  return `/${names.join("/")}`;
}

export function depthOf(path: string): number {
  return path === "/" ? 0 : path.split("/").length - 1;
}

function depthText(depth: number): string {
  return String(depth).padStart(3, "0");
}

export function nodeKey(path: string): Buffer {
  return Buffer.from(`${V2_PREFIX}/${depthText(depthOf(path))}${path}`);
}

/** The path that a key stands for; undefined for keys that are no nodes. */
export function pathOfKey(key: Buffer): string | undefined {
  const match = /^\/\d{3}(\/.*)$/s.exec(key.toString("utf8").slice(V2_PREFIX.length));
  return match?.[1];
}

/** Range of what stands `levels` (from 1) below a directory. */
export function levelBelow(path: string, levels: number): { readonly key: Buffer; readonly rangeEnd: Buffer } {
  const base = `${V2_PREFIX}/${depthText(depthOf(path) + levels)}${path === "/" ? "" : path}`;
  return { key: Buffer.from(`${base}/`), rangeEnd: Buffer.from(`${base}0`) };
}

/** "/a", "/a/b", "/a/b/c" of "/a/b/c"; nothing for the root. */
export function chainOf(path: string): string[] {
  if (path === "/") return [];
  const names = path.slice(1).split("/");
  return names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
}
