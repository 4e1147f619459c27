/** Events of the v2 tree, as they are answered, watched, and kept in the history under `<prefix>/act`. */
import { type NodeView, nodeJson } from "./node.ts";

export type V2Action = "get" | "set" | "create" | "update" | "delete" | "compareAndSwap" | "compareAndDelete" | "expire";

export interface V2Event {
  readonly action: V2Action;
  readonly node: NodeView;
  readonly prevNode?: NodeView;
  /** a refresh of the TTL: kept, but no watcher hears of it */
  readonly refresh?: true;
}

/** @param bare action alone (noValueOnSuccess) */
export function eventJson(event: V2Event, bare = false): string {
  if (bare) return `{"action":"${event.action}"}\n`;
  const previous = event.prevNode === undefined ? "" : `,"prevNode":${nodeJson(event.prevNode)}`;
  return `{"action":"${event.action}","node":${nodeJson(event.node)}${previous}}\n`;
}

/** 201 or 200: did this make a node? */
export function isCreation(event: V2Event): boolean {
  return event.action === "create" || (event.action === "set" && event.prevNode === undefined);
}

/** The value kept under the action key. A write that is no event of the tree (clearing what an expired directory left) is `null`. */
export function storeEvent(event: V2Event | null): Buffer {
  return Buffer.from(JSON.stringify(event));
}

/** The reverse; the indexes that only the commit decided are filled in. */
export function restoreEvent(stored: Buffer, index: number): V2Event | null {
  const event = JSON.parse(stored.toString("utf8")) as V2Event | null;
  return event === null ? null : atIndex(event, index);
}

export function atIndex(event: V2Event, index: number): V2Event {
  return { ...event, node: { ...event.node, modifiedIndex: index, createdIndex: event.node.createdIndex ?? index } };
}

/** Does a watcher of `path` hear of the event? etcd 3.4's v2store: watcher_hub.go (live) and event_history.go (from the past). */
export function concerns(event: V2Event, path: string, recursive: boolean, live: boolean): boolean {
  if (event.refresh === true) return false;
  const { key } = event.node;
  if (key === path) return true;
  const removed = event.action === "delete" || event.action === "expire";
  if (removed && event.prevNode?.dir === true && path.startsWith(`${key}/`)) return true;
  if (!recursive) return false;
  const below = path === "/" ? key : key.startsWith(`${path}/`) ? key.slice(path.length) : undefined;
  if (below === undefined) return false;
  return !live || !below.includes("/_");
}
