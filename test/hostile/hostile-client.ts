/** Raw connections that do what no client should, and the question whether the member still serves the others. */
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { Connection, framed, type RawAnswer } from "../peers/differential/grpc-wire.ts";

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export function http2Frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0), length = payload.length): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK without tables: literal fields, never indexed. */
export function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string): Buffer => Buffer.concat([prefixed(value.length), Buffer.from(value, "latin1")]);
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0x10]), text(name), text(value)]));
}

function prefixed(length: number): Buffer {
  if (length < 127) return Buffer.from([length]);
  const bytes = [127];
  let rest = length - 127;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

export const CALL_HEADERS: readonly (readonly [string, string])[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/etcdserverpb.KV/Range"],
  [":authority", "x"],
  ["content-type", "application/grpc"],
  ["te", "trailers"],
];

/** A connection that is up. What comes back is thrown away; errors are what is expected. */
export function dial(port: number, options: { readonly pauses?: boolean } = {}): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.removeListener("error", reject);
      socket.on("error", () => socket.destroy());
      if (options.pauses !== true) socket.resume();
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** Sends it and waits until the member ends the connection, or a moment has passed. */
export async function throwAt(port: number, bytes: Buffer, waitMs = 150): Promise<void> {
  const socket = await dial(port);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, waitMs);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.write(bytes);
  });
  socket.destroy();
}

/** A well-behaved client's put and get. */
export async function stillServes(url: string): Promise<RawAnswer> {
  const connection = new Connection(url);
  try {
    const put = await connection.call("/etcdserverpb.KV/Put", framed(Buffer.from("0a0161120162", "hex")));
    return put.status === "0" ? await connection.call("/etcdserverpb.KV/Range", framed(Buffer.from("0a0161", "hex"))) : put;
  } finally {
    connection.close();
  }
}

/** MiB in memory, where the system tells it. */
export function residentMiB(pid: number): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1] ?? 0) / 1024;
}
