import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WatchResponse } from "../../proto/gen/etcdserverpb.ts";
import { type Event, Event_EventType, KeyValue } from "../../proto/gen/mvccpb.ts";
import type { EtcdServer } from "../../server/api.ts";
import { headerAt } from "./header.ts";
import { WatchBytes } from "./watch-bytes.ts";

const made = (key: string, modRevision: number, createRevision = modRevision): Event => ({
  type: Event_EventType.PUT,
  kv: KeyValue.create({ key: Buffer.from(key), value: Buffer.from("v"), modRevision, createRevision, version: 1 }),
  prevKv: undefined,
});

/** As much of a member as answers of watchers need; counts the look-ups of earlier values. */
function member(): { readonly server: EtcdServer; term: number; looked: number } {
  const told = { term: 3, looked: 0 };
  const server = {
    clusterId: 0xcdf818194e3a8c32n,
    memberId: 0x8e9e05c52164694dn,
    term: () => told.term,
    keyAt: (key: Buffer, revision: number) => {
      told.looked++;
      return revision === 1 ? undefined : KeyValue.create({ key, value: Buffer.from(`at ${revision}`), modRevision: revision });
    },
  } as unknown as EtcdServer;
  return Object.assign(told, { server });
}

describe("answers of watchers as bytes", () => {
  it("are the bytes of the whole response, whatever was asked before", () => {
    const events = [made("a", 5), made("b", 6, 2), made("c", 7), made("d", 8, 1)];
    const lists = [[events[0]!], [events[0]!, events[1]!], [events[1]!], [...events], []];
    const call = fc.record({ id: fc.constantFrom(0, 1, 127, 128, 99_999, -1), revision: fc.integer({ min: 1, max: 4 }), list: fc.nat({ max: lists.length - 1 }), prevKv: fc.boolean(), term: fc.integer({ min: 1, max: 3 }), copied: fc.boolean() });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 30 }), (calls) => {
        const told = member();
        const bytes = new WatchBytes(told.server);
        for (const { id, revision, list, prevKv, term, copied } of calls) {
          told.term = term;
          const asked = copied ? [...lists[list]!] : lists[list]!;
          const expected = asked.map((event) => {
            const { createRevision, modRevision } = event.kv!;
            return prevKv && createRevision !== modRevision && modRevision !== 2 ? { ...event, prevKv: told.server.keyAt(event.kv!.key, modRevision - 1) } : event;
          });
          const whole = WatchResponse.encode(WatchResponse.create({ header: headerAt(told.server, revision), watchId: id, events: expected }));
          expect(bytes.encode(id, revision, asked, prevKv).equals(whole)).toBe(true);
          expect(bytes.told(asked, prevKv)).toEqual(expected);
        }
      }),
    );
  });

  it("earlier values are looked up once for all watchers of an event", () => {
    const told = member();
    const bytes = new WatchBytes(told.server);
    const events = [made("a", 9, 4)];
    for (let id = 0; id < 100; id++) bytes.encode(id, 9, events, true);
    expect(told.looked).toBe(1);
  });

  it("each watcher's bytes are its own", () => {
    const bytes = new WatchBytes(member().server);
    const events = [made("a", 9)];
    const first = bytes.encode(1, 9, events, false);
    const copy = Buffer.from(first);
    bytes.encode(2, 9, events, false).fill(0);
    expect(first.equals(copy)).toBe(true);
    expect(bytes.encode(1, 9, events, false).equals(copy)).toBe(true);
  });
});
