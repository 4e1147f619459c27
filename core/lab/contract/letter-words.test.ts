import { expect, test } from "vitest";
import { letterWords } from "./letter-words.ts";
import type { WaitingLetter } from "./state.ts";

const letter: WaitingLetter = { id: "m1/1", at: 0, from: "m1", to: "a2", type: "MsgApp", term: 4, logTerm: 2, index: 7, entries: [], entryCount: 0, commit: 6, reject: false };

test("a waiting message says what decides about it", () => {
  const put = { term: 4, operation: "put", key: "a" };
  expect(letterWords(letter)).toBe("append nothing after 7 (term 2), commit 6");
  expect(letterWords({ ...letter, entries: [put], entryCount: 3 })).toBe("append put a (term 4) and 2 more after 7 (term 2), commit 6");
  expect(letterWords({ ...letter, type: "MsgProp", entries: [{ ...put, term: 0 }], entryCount: 1 })).toBe("passes on put a");
  expect(letterWords({ ...letter, type: "MsgVote" })).toBe("asks for a vote in term 4, last entry 7 of term 2");
  expect(letterWords({ ...letter, type: "MsgVoteResp", reject: true })).toBe("no vote in term 4");
  expect(letterWords({ ...letter, type: "MsgNew" })).toBe("MsgNew");
});
