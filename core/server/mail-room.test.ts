import { describe, expect, it } from "vitest";
import { Message, MessageType } from "../proto/gen/raftpb.ts";
import { SteppedMailRoom } from "./mail-room.ts";

function room(): { room: SteppedMailRoom; told: string[]; done: string[]; send: (index: number) => boolean } {
  const told: string[] = [];
  const done: string[] = [];
  const stepped = new SteppedMailRoom((id, fate, message) => told.push(`${id} ${fate} ${message.index}`));
  const send = (index: number): boolean =>
    stepped.hold(Message.create({ type: MessageType.MsgApp, index }), () => void done.push(`went ${index}`), () => void done.push(`lost ${index}`));
  return { room: stepped, told, done, send };
}

describe("the mail room of step mode", () => {
  it("lets everything pass until it is told to step", () => {
    const { send, told } = room();
    expect(send(1)).toBe(false);
    expect(told).toEqual([]);
  });
  it("keeps letters until each is let go or dropped, in any order", () => {
    const { room: stepped, send, told, done } = room();
    stepped.setStepping(true);
    for (const index of [7, 8, 9]) expect(send(index)).toBe(true);
    expect(done).toEqual([]);
    stepped.settle([3, 1], "delivered");
    stepped.settle([2, 2, 99], "dropped");
    expect(done).toEqual(["went 9", "went 7", "lost 8"]);
    expect(told).toEqual(["1 waiting 7", "2 waiting 8", "3 waiting 9", "3 delivered 9", "1 delivered 7", "2 dropped 8"]);
  });
  it("sends what waits, in order, when stepping ends", () => {
    const { room: stepped, send, done } = room();
    stepped.setStepping(true);
    for (const index of [1, 2]) send(index);
    stepped.setStepping(false);
    expect(done).toEqual(["went 1", "went 2"]);
    expect(send(3)).toBe(false);
  });
  it("holds so many and no more: the oldest is lost", () => {
    const { room: stepped, send, done } = room();
    stepped.setStepping(true);
    for (let index = 1; index <= 513; index++) send(index);
    expect(done).toEqual(["lost 1"]);
  });
});
