import { connect } from "node:http2";
import { once } from "node:events";
import { afterEach, expect, it, vi } from "vitest";
import { EtcdError } from "../../proto/errors.ts";
import { ClientPort } from "../client-port.ts";
import { headerTrace, newCarrier } from "./new-carrier.ts";

afterEach(() => void vi.restoreAllMocks());

it("GODEBUG=http2debug=2 shows the header fields that a client sent, in Go's line", async () => {
  let said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
  const carrier = await newCarrier("own", new Map(), {
    limits: { receiveBytesMax: 1000, sendBytesMax: 1000, concurrentStreamsMax: 10 },
    keepalive: { minTimeMs: 60_000, intervalMs: 0, timeoutMs: 1000 },
    ...headerTrace({ GODEBUG: "x=1,http2debug=2" }),
  });
  const port = new ClientPort({ http2: (socket) => carrier.accept(socket), http1: (socket) => void socket.destroy() });
  await port.listen({ host: "127.0.0.1", port: 0 });
  const client = connect(`http://127.0.0.1:${port.port}`);
  const request = client.request({ ":authority": "localhost:2379", ":method": "POST", ":path": "/a/b", "content-type": "application/grpc", te: "trailers" });
  await once(request.end().resume(), "close");
  client.close();
  await port.close();
  await carrier.close(new EtcdError("Stopped"));
  expect(said).toMatch(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d http2: decoded hpack field header field ":authority" = "localhost:2379"$/m);
});

it("without it nothing is shown", () => {
  expect(headerTrace({})).toEqual({});
  expect(headerTrace({ GODEBUG: "http2debug=1" })).toEqual({});
});
