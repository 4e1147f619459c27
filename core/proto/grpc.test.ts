import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Code, StatusError } from "./errors.ts";
import { decodeStatusMessage, Deframer, encodeStatusMessage, formatTimeout, frame, parseTimeout } from "./grpc.ts";

describe("messages in a byte stream", () => {
  it("come out as they went in, wherever the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (messages, cuts) => {
        const stream = Buffer.concat(messages.map((message) => frame(message)));
        const seen: Buffer[] = [];
        const deframer = new Deframer(1000, (message) => seen.push(Buffer.from(message)));
        for (let position = 0, turn = 0; position < stream.length; turn++) {
          const end = position + cuts[turn % cuts.length]!;
          deframer.push(stream.subarray(position, end));
          position = end;
        }
        expect(seen.map((message) => [...message])).toEqual(messages.map((message) => [...message]));
        expect(deframer.idle).toBe(true);
      }),
    );
  });

  it("a message above the limit is refused before it is read", () => {
    const deframer = new Deframer(10, () => undefined);
    const head = Buffer.from([0, 0, 0, 0, 11]);
    expect(() => deframer.push(head)).toThrow(new StatusError(Code.ResourceExhausted, "grpc: received message larger than max (11 vs. 10)"));
  });

  it("a stream that ends inside a message is not idle", () => {
    const deframer = new Deframer(10, () => undefined);
    deframer.push(frame(Buffer.from("abc")).subarray(0, 6));
    expect(deframer.idle).toBe(false);
  });
});

describe("headers", () => {
  it("timeouts are read in every unit and refused when malformed", () => {
    expect(["1H", "2M", "3S", "4m", "5000u", "1000000n"].map(parseTimeout)).toEqual([3_600_000, 120_000, 3000, 4, 5, 1]);
    expect(["", "S", "1", "1x", "123456789S", "-1S", "1.5S"].map(parseTimeout)).toEqual(Array(7).fill(undefined));
  });

  it("a timeout is written so that it reads back no shorter", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e10, noNaN: true }), (ms) => {
        expect(parseTimeout(formatTimeout(ms))).toBeGreaterThanOrEqual(ms - 1e-9 * ms);
      }),
    );
  });

  it("status messages survive percent-encoding, and bad escapes stand as they are", () => {
    expect(encodeStatusMessage("50% é\n")).toBe("50%25 %C3%A9%0A");
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => decodeStatusMessage(encodeStatusMessage(text)) === text));
    expect(decodeStatusMessage("100%zz%4")).toBe("100%zz%4");
  });
});
