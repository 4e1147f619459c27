/** Events of the v2 tree from an index on: the history of `<prefix>/act`, and what leases took away without an action. */
import type { Event } from "../../proto/gen/mvccpb.ts";
import { Event_EventType } from "../../proto/gen/mvccpb.ts";
import type { EtcdServer } from "../../server/api.ts";
import { V2Error } from "./errors.ts";
import { restoreEvent, type V2Event } from "./event.ts";
import { ACTION_KEY, pathOfKey, TREE_END, TREE_START } from "./keys.ts";
import { indexOf, readNode, viewNode } from "./node.ts";

/**
 * @param fromIndex first index of interest; must be above 0
 * @throws V2Error 401 where the history does not reach back so far
 */
export async function* eventsFrom(server: EtcdServer, fromIndex: number, signal: AbortSignal, now: () => number): AsyncGenerator<V2Event> {
  const stream = server.watchStream();
  const close = (): void => stream.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    stream.watch(0, { key: TREE_START, rangeEnd: TREE_END, startRevision: fromIndex, noPut: false, noDelete: false });
    while (!signal.aborted) {
      const notice = await stream.next();
      if (notice === undefined) return;
      if (notice.compactRevision > 0)
        throw new V2Error(401, `the requested history has been cleared [${indexOf(notice.compactRevision)}/${fromIndex}]`, indexOf(server.revision()));
      for (const [revision, events] of byRevision(notice.events)) yield* eventsOf(server, revision, events, now);
    }
  } finally {
    signal.removeEventListener("abort", close);
    stream.close();
  }
}

function byRevision(events: readonly Event[]): Map<number, Event[]> {
  const groups = new Map<number, Event[]>();
  for (const event of events) {
    const revision = event.kv?.modRevision ?? 0;
    const group = groups.get(revision);
    if (group === undefined) groups.set(revision, [event]);
    else group.push(event);
  }
  return groups;
}

function eventsOf(server: EtcdServer, revision: number, events: readonly Event[], now: () => number): V2Event[] {
  const action = events.find((event) => event.kv?.key.equals(ACTION_KEY) === true);
  if (action?.kv !== undefined) {
    const event = restoreEvent(action.kv.value, indexOf(revision));
    return event === null ? [] : [event];
  }
  const expired: V2Event[] = [];
  for (const { type, kv } of events) {
    if (type !== Event_EventType.DELETE || kv === undefined) continue;
    const path = pathOfKey(kv.key);
    const before = server.keyAt(kv.key, revision - 1);
    if (path === undefined || before === undefined) continue;
    const node = readNode(path, before);
    expired.push({
      action: "expire",
      node: { key: path, ...(node.dir ? { dir: true } : {}), modifiedIndex: indexOf(revision), createdIndex: node.createdIndex },
      prevNode: viewNode(node, now()),
    });
  }
  return expired;
}
