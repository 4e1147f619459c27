import { describe, expect, it } from "vitest";
import type { LabWord } from "../probe/channel.ts";
import type { LetterRecord } from "../probe/records.ts";
import { Mail } from "./mail.ts";

const letter = (number: number, more: Partial<LetterRecord> = {}): LetterRecord => ({
  kind: "letter", at: number, letter: number, fate: "waiting", type: "MsgApp", to: "a2", term: 2, logTerm: 2, index: 5, entries: [], entryCount: 0, commit: 4, reject: false, ...more,
});

function make(): { mail: Mail; sent: [string, LabWord][]; ids: () => string[] } {
  const sent: [string, LabWord][] = [];
  const mail = new Mail({ hosts: ["m1", "m2"], send: (host, word) => sent.push([host, word]), onChange: () => undefined });
  return { mail, sent, ids: () => mail.view().letters.map((one) => one.id) };
}

describe("the mail of a stepped lab", () => {
  it("is what members told and nobody settled, in their order", () => {
    const { mail, ids } = make();
    mail.accept("m1", letter(1));
    mail.accept("m2", letter(1));
    mail.accept("m1", letter(2));
    mail.accept("m1", letter(1, { fate: "delivered" }));
    expect(ids()).toEqual(["m2/1", "m1/2"]);
    mail.lost("m1");
    expect(ids()).toEqual(["m2/1"]);
  });
  it("goes to the member that holds it, in the order that was asked for, and stays listed until that one says it went", () => {
    const { mail, sent, ids } = make();
    for (const number of [1, 2]) mail.accept("m1", letter(number));
    mail.accept("m2", letter(9));
    mail.settle(["m1/2", "m2/9", "m1/1"], "delivered");
    expect(sent).toEqual([
      ["m1", { type: "letters", letters: [2], fate: "delivered" }],
      ["m2", { type: "letters", letters: [9], fate: "delivered" }],
      ["m1", { type: "letters", letters: [1], fate: "delivered" }],
    ]);
    expect(ids()).toHaveLength(3);
    expect(() => mail.settle(["m1/77"], "dropped")).toThrow("no message m1/77 waits");
  });
  it("stops all clocks alike, and moves them only while they stand", () => {
    const { mail, sent } = make();
    expect(() => mail.ticks("m1", 1)).toThrow("step mode is off");
    mail.step(true);
    mail.ticks("m2", "timer");
    mail.ticks("", 3);
    expect(sent).toEqual([
      ["m1", { type: "step", on: true }], ["m2", { type: "step", on: true }], ["m2", { type: "ticks", count: "timer" }],
      ["m1", { type: "ticks", count: 3 }], ["m2", { type: "ticks", count: 3 }],
    ]);
  });
});
