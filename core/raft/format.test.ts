import { describe, expect, test } from "vitest";
import { ConfChangeV2, ConfState, Entry, EntryType, Message, MessageType, Snapshot, SnapshotMetadata } from "../proto/gen/raftpb.ts";
import { parseConfChanges } from "./conf-change.ts";
import { describeConfChange, describeEntry, describeMessage, describeReady, quote } from "./format.ts";
import { APPEND_THREAD } from "./types.ts";

describe("bytes in quotes", () => {
  test.each([
    ["", '""'],
    ["plain text", '"plain text"'],
    ['say "hi" \\', '"say \\"hi\\" \\\\"'],
    ["\x07\b\f\n\r\t\v\0\x1f\x7f", '"\\a\\b\\f\\n\\r\\t\\v\\x00\\x1f\\x7f"'],
    ["größe 日本 😀", '"größe 日本 😀"'],
    ["\u00a0\u200b\u{e0001}", '"\\u00a0\\u200b\\U000e0001"'],
  ])("%j", (text, quoted) => {
    expect(quote(Buffer.from(text))).toBe(quoted);
  });

  test.each([
    ["ff", '"\\xff"'],
    ["c3", '"\\xc3"'],
    ["c328", '"\\xc3("'],
    ["eda080", '"\\xed\\xa0\\x80"'],
    ["f09f98", '"\\xf0\\x9f\\x98"'],
    ["c080", '"\\xc0\\x80"'],
    ["efbfbd", '"\ufffd"'],
  ])("that are no text: %s", (bytes, quoted) => {
    expect(quote(Buffer.from(bytes, "hex"))).toBe(quoted);
  });
});

describe("descriptions", () => {
  test("of entries show payloads, changes, and what cannot be read", () => {
    expect(describeEntry(Entry.create({ term: 1, index: 4, data: Buffer.from("foo") }))).toBe('1/4 EntryNormal "foo"');
    expect(describeEntry(Entry.create({ term: 1, index: 4 }), () => "")).toBe("1/4 EntryNormal");
    const data = ConfChangeV2.encode(ConfChangeV2.create({ changes: parseConfChanges("v1 l2") }));
    expect(describeEntry(Entry.create({ term: 1, index: 5, type: EntryType.EntryConfChangeV2, data }))).toBe("1/5 EntryConfChangeV2 v1 l2");
    const broken = Entry.create({ term: 1, index: 6, type: EntryType.EntryConfChange, data: Buffer.from([0xff]) });
    expect(describeEntry(broken)).toBe("1/6 EntryConfChange unexpected EOF");
  });

  test("of messages nest entries, snapshots and responses", () => {
    const snapshot = Snapshot.create({
      metadata: SnapshotMetadata.create({ index: 5, term: 1, confState: ConfState.create({ voters: [1n, 2n] }) }),
    });
    const message = Message.create({
      type: MessageType.MsgStorageAppend,
      from: 26n,
      to: APPEND_THREAD,
      term: 3,
      commit: 4,
      vote: 2n,
      entries: [Entry.create({ term: 2, index: 6 }), Entry.create({ term: 3, index: 7 })],
      snapshot,
      responses: [Message.create({ type: MessageType.MsgAppResp, from: 26n, to: 1n, term: 3, index: 7, reject: true, rejectHint: 9 })],
    });
    expect(describeMessage(message)).toBe(
      [
        "1a->AppendThread MsgStorageAppend Term:3 Log:0/0 Commit:4 Vote:2 Entries:[",
        '  2/6 EntryNormal ""',
        '  3/7 EntryNormal ""',
        "]",
        "  Snapshot: Index:5 Term:1 ConfState:Voters:[1 2] VotersOutgoing:[] Learners:[] LearnersNext:[] AutoLeave:false Responses:[",
        "  1a->1 MsgAppResp Term:3 Log:0/7 Rejected (Hint: 9)",
        "]",
      ].join("\n"),
    );
  });

  test("of an empty Ready and of answered reads", () => {
    const empty = {
      softState: undefined,
      hardState: undefined,
      readStates: [],
      entries: [],
      snapshot: undefined,
      committedEntries: [],
      messages: [],
      mustSync: false,
    };
    expect(describeReady(empty)).toBe("<empty Ready>");
    const reads = { ...empty, readStates: [{ index: 5, context: Buffer.from("ab") }] };
    expect(describeReady(reads)).toBe("Ready MustSync=false:\nReadStates [{5 [97 98]}]\n");
  });

  test("of a refused change name type and member", () => {
    const change = ConfChangeV2.create({ changes: parseConfChanges("v1"), context: Buffer.from("why") });
    expect(describeConfChange(change)).toBe(
      'transition:ConfChangeTransitionAuto changes:{type:ConfChangeAddNode node_id:1} context:"why"',
    );
  });
});
