import fc from "fast-check";
import { expect, it } from "vitest";
import { DueQueue } from "./due-queue.ts";

it("gives what is due, earliest first, and keeps the rest", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(50), (times, now) => {
      const queue = new DueQueue<number>();
      for (const time of times) queue.push(time, time);
      const taken: number[] = [];
      for (let item = queue.takeDue(now); item !== undefined; item = queue.takeDue(now)) taken.push(item);
      expect(taken).toEqual(times.filter((time) => time <= now).sort((a, b) => a - b));
      expect(queue.size).toBe(times.length - taken.length);
    }),
  );
});
