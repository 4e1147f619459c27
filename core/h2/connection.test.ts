import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Connection } from "./connection.ts";
import { ErrorCode, Flag, Frame, PREFACE } from "./protocol.ts";
import { dataOf, frameOf, headersOf, HELLO, LIMITS, POST, Recorded, settingsOf, uint32 } from "./testing/frames.ts";

const types = (recorded: Recorded): number[] => recorded.written().map(({ type }) => type);
const faultOf = (recorded: Recorded): number | undefined => recorded.faults[0]?.code;

describe("a request", () => {
  it("is told with its head, its data and its end", () => {
    const server = new Recorded();
    server.feed(headersOf(1, false), dataOf(1, "ab"), dataOf(1, "c", true));
    expect(server.streams.get(1)).toMatchObject({ head: { method: "POST", path: "/t", authority: "a", scheme: "http" }, body: "abc", ended: true });
  });

  it("reads the same however the bytes are cut", () => {
    const whole = Buffer.concat([HELLO, headersOf(1, false), dataOf(1, "x".repeat(300)), frameOf(Frame.Ping, 0, 0, Buffer.alloc(8)), dataOf(1, "", true), headersOf(3, true)]);
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 60 }), (cuts) => {
        const server = new Recorded({}, false);
        const places = [0, ...cuts.sort((a, b) => a - b), whole.length];
        for (let index = 1; index < places.length; index++) server.feed(Buffer.from(whole.subarray(places[index - 1], places[index])));
        expect(server.faults).toEqual([]);
        expect(server.streams.get(1)).toMatchObject({ body: "x".repeat(300), ended: true });
        expect(server.streams.get(3)?.ended).toBe(true);
        expect(types(server)).toEqual([Frame.Settings, Frame.Settings, Frame.Ping]);
      }),
      { numRuns: 100 },
    );
  });

  it("may come in pieces, with padding and priority", () => {
    const server = new Recorded();
    const padded = Buffer.concat([Buffer.from([2]), uint32(0), Buffer.from([9]), POST.subarray(0, 4), Buffer.alloc(2)]);
    server.feed(frameOf(Frame.Headers, Flag.Padded | Flag.Priority, 1, padded), frameOf(Frame.Continuation, 0, 1, POST.subarray(4, 6)));
    server.feed(frameOf(Frame.Continuation, Flag.EndHeaders, 1, POST.subarray(6)));
    server.feed(frameOf(Frame.Data, Flag.Padded | Flag.EndStream, 1, Buffer.from([3, 0x61, 0, 0, 0])));
    expect(server.streams.get(1)).toMatchObject({ body: "a", ended: true });
  });

  it("is refused above the limit of streams, and while the connection drains it is not even seen", () => {
    const server = new Recorded({ streamsMax: 1 });
    server.feed(headersOf(1, false), headersOf(3, false));
    expect(server.written().at(-1)).toMatchObject({ type: Frame.RstStream, id: 3, payload: uint32(ErrorCode.RefusedStream) });
    server.machine.goaway("bye");
    server.feed(headersOf(5, true), dataOf(1, "more", true));
    expect(server.streams.get(5)).toBeUndefined();
    expect(server.streams.get(1)?.body).toBe("more");
  });
});

describe("an answer", () => {
  it("goes out whole where the windows allow, in pieces where they do not", () => {
    const server = new Recorded();
    server.feed(settingsOf([4, 10]), headersOf(1, true));
    const { stream } = server.streams.get(1)!;
    server.written();
    server.machine.headers(stream, [":status", "200"], false, true);
    expect(server.machine.message(stream, false, Buffer.from("0123456789"), false)).toBe(true);
    server.machine.trailers(stream, ["grpc-status", "0"], true);
    expect(server.written().map(({ type, payload }) => [type, payload.length])).toEqual([
      [Frame.Headers, 1],
      [Frame.Data, 10],
    ]);
    server.feed(frameOf(Frame.WindowUpdate, 0, 1, uint32(3)));
    expect(server.written().map(({ type, payload }) => [type, payload.length])).toEqual([[Frame.Data, 3]]);
    server.feed(frameOf(Frame.WindowUpdate, 0, 1, uint32(100)));
    expect(server.written().map(({ type, flags }) => [type, flags & Flag.EndStream])).toEqual([
      [Frame.Data, 0],
      [Frame.Headers, 1],
    ]);
    expect(server.machine.openStreams).toBe(0);
  });

  it("waits for the connection's window too, and streams take turns then", () => {
    const server = new Recorded();
    server.feed(settingsOf([4, 1 << 20]), headersOf(1, true), headersOf(3, true));
    server.written();
    const send = (id: number): boolean => server.machine.data(server.streams.get(id)!.stream, Buffer.alloc(100_000), true);
    expect(send(1)).toBe(true);
    expect(send(3)).toBe(false);
    expect(server.written().reduce((sum, { payload }) => sum + payload.length, 0)).toBe(65535);
    server.feed(frameOf(Frame.WindowUpdate, 0, 0, uint32(65536)));
    expect(server.written().map(({ id }) => id)).toEqual([1, 3, 1, 3].slice(0, 4));
    server.feed(frameOf(Frame.WindowUpdate, 0, 0, uint32(1 << 20)));
    expect(server.machine.openStreams).toBe(0);
  });

  it("to a client that has not ended its request ends it with NO_ERROR, and what still comes is let pass", () => {
    const server = new Recorded();
    server.feed(headersOf(1, false));
    server.machine.headers(server.streams.get(1)!.stream, [":status", "200"], true, true);
    expect(types(server).slice(-2)).toEqual([Frame.Headers, Frame.RstStream]);
    server.feed(dataOf(1, "late"), headersOf(1, true));
    expect(server.faults).toEqual([]);
    expect(types(server)).toEqual([]);
  });

  it("in the queue is held back while the socket is full", () => {
    const server = new Recorded({ streamWindowBytes: 65535 });
    server.feed(frameOf(Frame.WindowUpdate, 0, 0, uint32(1 << 24)), settingsOf([4, 1 << 24]), headersOf(1, true));
    server.written();
    const { stream } = server.streams.get(1)!;
    server.machine.block(true);
    expect(server.machine.data(stream, Buffer.alloc(1_000_000), false)).toBe(false);
    expect(types(server)).toEqual([]);
    server.machine.block(false);
    let sent = 0;
    while (server.machine.outputBytes > 0) {
      expect(server.machine.outputBytes).toBeLessThan(400_000);
      sent += server.written().reduce((sum, { payload }) => sum + payload.length, 0);
      server.machine.pump();
    }
    expect(sent).toBe(1_000_000);
    expect(server.streams.get(1)!.drains).toBe(1);
  });
});

describe("a client that breaks the rules", () => {
  const cases: readonly (readonly [string, number, readonly Buffer[]])[] = [
    ["DATA on stream 0", ErrorCode.ProtocolError, [dataOf(0, "a")]],
    ["DATA on an idle stream", ErrorCode.ProtocolError, [dataOf(1, "a")]],
    ["HEADERS on an even stream", ErrorCode.ProtocolError, [headersOf(2, true)]],
    ["a stream below the last one", ErrorCode.ProtocolError, [headersOf(5, true), headersOf(3, true)]],
    ["a frame inside a header block", ErrorCode.ProtocolError, [frameOf(Frame.Headers, 0, 1, POST), frameOf(Frame.Ping, 0, 0, Buffer.alloc(8))]],
    ["CONTINUATION alone", ErrorCode.ProtocolError, [frameOf(Frame.Continuation, Flag.EndHeaders, 1, POST)]],
    ["padding longer than its frame", ErrorCode.ProtocolError, [headersOf(1, false), frameOf(Frame.Data, Flag.Padded, 1, Buffer.from([5, 1, 2]))]],
    ["an empty padded frame", ErrorCode.ProtocolError, [headersOf(1, false), frameOf(Frame.Data, Flag.Padded, 1)]],
    ["PING of seven bytes", ErrorCode.FrameSizeError, [frameOf(Frame.Ping, 0, 0, Buffer.alloc(7))]],
    ["PING on a stream", ErrorCode.ProtocolError, [frameOf(Frame.Ping, 0, 1, Buffer.alloc(8))]],
    ["SETTINGS of five bytes", ErrorCode.FrameSizeError, [frameOf(Frame.Settings, 0, 0, Buffer.alloc(5))]],
    ["SETTINGS acknowledged with content", ErrorCode.FrameSizeError, [frameOf(Frame.Settings, Flag.Ack, 0, Buffer.alloc(6))]],
    ["ENABLE_PUSH of 2", ErrorCode.ProtocolError, [settingsOf([2, 2])]],
    ["a window setting above 2^31-1", ErrorCode.FlowControlError, [settingsOf([4, 2 ** 31])]],
    ["a frame size setting too small", ErrorCode.ProtocolError, [settingsOf([5, 100])]],
    ["a frame above 16384 bytes", ErrorCode.FrameSizeError, [Buffer.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1])]],
    ["PUSH_PROMISE", ErrorCode.ProtocolError, [frameOf(Frame.PushPromise, 4, 1, Buffer.alloc(8))]],
    ["RST_STREAM on an idle stream", ErrorCode.ProtocolError, [frameOf(Frame.RstStream, 0, 7, uint32(0))]],
    ["WINDOW_UPDATE of 0 on the connection", ErrorCode.ProtocolError, [frameOf(Frame.WindowUpdate, 0, 0, uint32(0))]],
    ["the connection's window above 2^31-1", ErrorCode.FlowControlError, [frameOf(Frame.WindowUpdate, 0, 0, uint32(2 ** 31 - 1))]],
    ["an invalid header block", ErrorCode.CompressionError, [headersOf(1, true, Buffer.from([0x80]))]],
    ["GOAWAY on a stream", ErrorCode.ProtocolError, [frameOf(Frame.Goaway, 0, 1, Buffer.alloc(8))]],
  ];
  it.each(cases)("%s ends the connection", (_what, code, frames) => {
    const server = new Recorded();
    server.feed(...frames);
    expect(faultOf(server)).toBe(code);
    const goaway = server.written().find(({ type }) => type === Frame.Goaway)!;
    expect(goaway.payload.readUInt32BE(4)).toBe(code);
    // nothing more is heard
    server.feed(headersOf(9, true));
    expect(server.streams.get(9)).toBeUndefined();
  });

  it.each([
    ["no preface", Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")],
    ["a first frame that is not SETTINGS", Buffer.concat([PREFACE, frameOf(Frame.Ping, 0, 0, Buffer.alloc(8))])],
    ["a first frame that acknowledges", Buffer.concat([PREFACE, frameOf(Frame.Settings, Flag.Ack, 0)])],
  ])("%s ends the connection", (_what, bytes) => {
    const server = new Recorded({}, false);
    server.feed(bytes);
    expect(faultOf(server)).toBe(ErrorCode.ProtocolError);
  });

  const literal = (name: string, value: string): Buffer => Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
  it.each([
    ["upper-case names", Buffer.concat([POST, literal("X-a", "b")])],
    ["unknown pseudo-headers", Buffer.concat([literal(":a", "b"), POST])],
    ["pseudo-headers after others", Buffer.concat([literal("a", "b"), POST])],
    ["two paths", Buffer.concat([POST, Buffer.from([0x84])])],
    ["no path", Buffer.from([0x83, 0x86])],
    ["an empty path", Buffer.from([0x83, 0x86, 0x04, 0])],
    ["connection headers", Buffer.concat([POST, literal("connection", "close")])],
    ["te that is not trailers", Buffer.concat([POST, literal("te", "gzip")])],
    ["a line feed in a value", Buffer.concat([POST, literal("a", "b\nc")])],
    ["an empty name", Buffer.concat([POST, literal("", "b")])],
    ["content-length that is no number", Buffer.concat([POST, literal("content-length", "1x")])],
  ])("a request with %s is reset, the connection goes on", (_what, block) => {
    const server = new Recorded();
    server.feed(headersOf(1, true, block), headersOf(3, true));
    expect(server.written()[0]).toMatchObject({ type: Frame.RstStream, id: 1, payload: uint32(ErrorCode.ProtocolError) });
    expect(server.streams.get(3)?.ended).toBe(true);
  });

  it("frames on closed streams are told apart: after our reset they pass, after the end they are an error", () => {
    const server = new Recorded();
    server.feed(headersOf(1, false), frameOf(Frame.RstStream, 0, 1, uint32(8)), dataOf(1, "x"));
    expect(server.streams.get(1)?.reset).toBe(8);
    expect(server.written().at(-1)).toMatchObject({ type: Frame.RstStream, payload: uint32(ErrorCode.StreamClosed) });
    server.feed(headersOf(3, true));
    server.machine.headers(server.streams.get(3)!.stream, [":status", "200"], true, true);
    server.feed(headersOf(3, true));
    expect(faultOf(server)).toBe(ErrorCode.StreamClosed);
  });

  it("more data than a stream's window reset it", () => {
    const server = new Recorded({ streamWindowBytes: 16384 });
    server.consumes = false;
    server.feed(headersOf(1, false), dataOf(1, Buffer.alloc(16384)), dataOf(1, "x"));
    expect(server.written().at(-1)).toMatchObject({ type: Frame.RstStream, payload: uint32(ErrorCode.FlowControlError) });
    expect(server.streams.get(1)?.reset).toBe(ErrorCode.FlowControlError);
  });

  it("content-length is held to", () => {
    const server = new Recorded();
    const block = Buffer.concat([POST, literal("content-length", "3")]);
    server.feed(headersOf(1, false, block), dataOf(1, "ab", true), headersOf(3, true, block), headersOf(5, false, block), dataOf(5, "abc", true));
    const resets = server.written().filter(({ type }) => type === Frame.RstStream);
    expect(resets.map(({ id }) => id)).toEqual([1, 3]);
    expect(server.streams.get(5)?.ended).toBe(true);
  });
});

describe("floods", () => {
  /** Feeds until the connection is ended; how many it took. */
  function untilFault(server: Recorded, next: (index: number) => Buffer, most = 40_000): number {
    for (let index = 0; index < most; index++) {
      server.feed(next(index));
      if (server.faults.length > 0) return index;
      if (server.machine.outputBytes > 1 << 16) server.machine.take();
    }
    return most;
  }

  it.each<readonly [string, (index: number) => Buffer]>([
    ["rapid resets (CVE-2023-44487)", (index) => Buffer.concat([headersOf(2 * index + 1, true), frameOf(Frame.RstStream, 0, 2 * index + 1, uint32(8))])],
    ["streams we are made to reset (CVE-2025-8671)", (index) => Buffer.concat([headersOf(2 * index + 1, true), frameOf(Frame.WindowUpdate, 0, 2 * index + 1, uint32(0))])],
    ["SETTINGS", () => settingsOf([4, 100])],
    ["PING acknowledgements", () => frameOf(Frame.Ping, Flag.Ack, 0, Buffer.alloc(8))],
    ["PRIORITY", (index) => frameOf(Frame.Priority, 0, 2 * index + 1, Buffer.alloc(5))],
    ["unknown frames", () => frameOf(99, 0, 0)],
    ["windows that grow for nothing", () => frameOf(Frame.WindowUpdate, 0, 0, uint32(1))],
    ["empty DATA (CVE-2019-9518)", (index) => (index === 0 ? headersOf(1, false) : dataOf(1, ""))],
    ["CONTINUATION (CVE-2024-27316)", (index) => (index === 0 ? frameOf(Frame.Headers, 0, 1, POST) : frameOf(Frame.Continuation, 0, 1, Buffer.from([0x82])))],
    ["empty CONTINUATION", (index) => (index === 0 ? frameOf(Frame.Headers, 0, 1, POST) : frameOf(Frame.Continuation, 0, 1))],
  ])("of %s end with ENHANCE_YOUR_CALM", (_what, next) => {
    const server = new Recorded({ streamsMax: 100_000 });
    expect(untilFault(server, next)).toBeLessThan(12_000);
    expect(faultOf(server)).toBe(ErrorCode.EnhanceYourCalm);
  });

  it("a header block larger than any list is not gathered", () => {
    const server = new Recorded();
    server.feed(frameOf(Frame.Headers, 0, 1, Buffer.alloc(16384, 0x82)));
    server.feed(frameOf(Frame.Continuation, 0, 1, Buffer.alloc(16384, 0x82)), frameOf(Frame.Continuation, 0, 1, Buffer.alloc(16384, 0x82)));
    expect(faultOf(server)).toBe(ErrorCode.EnhanceYourCalm);
  });

  it("streams that a client gives up after a while are no flood", () => {
    const server = new Recorded({ streamsMax: 100_000 });
    const most = untilFault(
      server,
      (index) => {
        const open = headersOf(2 * index + 1, true);
        server.feed(open);
        server.now += 100;
        return frameOf(Frame.RstStream, 0, 2 * index + 1, uint32(8));
      },
      5000,
    );
    expect(most).toBe(5000);
  });
});

describe("garbage", () => {
  const frames = fc.array(
    fc.record({ type: fc.nat(12), flags: fc.nat(255), id: fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 9, 2 ** 31 - 1), payload: fc.uint8Array({ maxLength: 40 }) }),
    { maxLength: 40 },
  );

  it("of frames is answered or ends the connection; nothing is thrown, and what is written is frames", () => {
    fc.assert(
      fc.property(frames, (many) => {
        const server = new Recorded();
        for (const { type, flags, id, payload } of many) {
          server.feed(frameOf(type, flags, id, Buffer.from(payload)));
          for (const seen of server.streams.values()) if (seen.ended) server.machine.headers(seen.stream, [":status", "200"], true, true);
        }
        const written = server.written();
        expect(written.filter(({ type }) => type === Frame.Goaway).length).toBe(server.faults.length);
        expect(server.machine.openStreams).toBeLessThanOrEqual(many.length);
      }),
      { numRuns: 3000 },
    );
  });

  it("of bytes ends the connection or waits for more", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 10 }), (greeted, pieces) => {
        const server = new Recorded({}, greeted);
        for (const piece of pieces) server.feed(Buffer.from(piece));
        expect(server.machine.outputBytes).toBeLessThan(100_000);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("two machines", () => {
  /** A client's machine joined to a recorded server's, bytes carried when asked. */
  function joined(): { client: Connection; server: Recorded; carry: () => void; heard: string[] } {
    const server = new Recorded({}, false);
    const heard: string[] = [];
    const client = new Connection("client", LIMITS, {
      onRequest: () => undefined,
      onSettings: () => undefined,
      onPing: () => undefined,
      onPingAck: () => heard.push("pong"),
      onGoaway: (lastId, code, debug) => heard.push(`goaway ${lastId} ${code} ${debug}`),
      onFault: (fault) => heard.push(`fault ${fault.message}`),
    });
    const carry = (): void => {
      for (let round = 0; round < 50; round++) {
        const [there, back] = [Buffer.from(client.take()), Buffer.from(server.machine.take())];
        if (there.length + back.length === 0) return;
        server.feed(there);
        client.receive(back, 0);
      }
    };
    return { client, server, carry, heard };
  }

  it("carry any bodies both ways, whatever the sizes and windows", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(200_000), fc.nat(200_000)), { minLength: 1, maxLength: 5 }), fc.integer({ min: 40_000, max: 65_535 }), (bodies, window) => {
        const { client, server, carry, heard } = joined();
        carry();
        client.receive(settingsOf([4, window]), 0);
        const got = bodies.map(() => ({ bytes: 0, ended: false }));
        bodies.forEach(([there], index) => {
          const stream = client.open([":method", "POST", ":scheme", "http", ":path", "/"], [])!;
          stream.handler = {
            onHeaders: (_list, ended) => (got[index]!.ended ||= ended),
            onData: (_bytes, start, end, ended) => {
              got[index]!.bytes += end - start;
              got[index]!.ended ||= ended;
              client.consumed(stream, end - start);
            },
            onReset: () => heard.push("reset"),
            onDrain: () => undefined,
          };
          client.data(stream, Buffer.alloc(there, 0x61), true);
        });
        carry();
        bodies.forEach(([, back], index) => {
          const seen = server.streams.get(2 * index + 1)!;
          server.machine.headers(seen.stream, [":status", "200"], false, true);
          server.machine.data(seen.stream, Buffer.alloc(back), false);
          server.machine.trailers(seen.stream, ["grpc-status", "0"], true);
        });
        carry();
        expect(heard).toEqual([]);
        expect([...server.streams.values()].map(({ body }) => body.length)).toEqual(bodies.map(([there]) => there));
        expect(got).toEqual(bodies.map(([, back]) => ({ bytes: back, ended: true })));
        expect([client.openStreams, server.machine.openStreams]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });

  it("part in peace: GOAWAY refuses what came too late, and lets the rest finish", () => {
    const { client, server, carry, heard } = joined();
    carry();
    const open = (): { reset: number | undefined } => {
      const state: { reset: number | undefined } = { reset: undefined };
      client.open([":method", "POST", ":scheme", "http", ":path", "/"], [])!.handler = {
        onHeaders: () => undefined,
        onData: () => undefined,
        onReset: (code) => (state.reset = code),
        onDrain: () => undefined,
      };
      return state;
    };
    const early = open();
    carry();
    const late = open();
    server.machine.goaway("graceful_stop");
    carry();
    expect([early.reset, late.reset]).toEqual([undefined, ErrorCode.RefusedStream]);
    expect(heard).toEqual(["goaway 1 0 graceful_stop"]);
    expect(client.exhausted).toBe(true);
    client.ping(Buffer.alloc(8));
    carry();
    expect(heard.at(-1)).toBe("pong");
  });
});
