/** A DNS server of one zone of SRV records on loopback, for tests. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { SrvRecord } from "../srv-discovery.ts";

type Zone = Readonly<Record<string, readonly SrvRecord[]>>;

/** Answers SRV questions of a zone; what it does not know is NXDOMAIN (RFC 1035, RFC 2782). */
export async function serveZone(zone: Zone): Promise<{ readonly socket: Socket; readonly port: number }> {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at]!; length > 0; length = question[at]!) {
      labels.push(question.subarray(at + 1, at + 1 + length).toString());
      at += 1 + length;
    }
    const asked = question.subarray(12, at + 5);
    const records = zone[labels.join(".")] ?? [];
    const answers = records.map(({ name, port, priority, weight }) => {
      const target = Buffer.concat([...name.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]), Buffer.from([0])]);
      const head = Buffer.from("c00c002100010000003c", "hex");
      const data = Buffer.alloc(8);
      for (const [place, value] of [6 + target.length, priority, weight, port].entries()) data.writeUInt16BE(value, 2 * place);
      return Buffer.concat([head, data, target]);
    });
    const header = Buffer.alloc(12);
    question.copy(header, 0, 0, 2);
    header.writeUInt16BE(records.length > 0 ? 0x8580 : 0x8583, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    socket.send(Buffer.concat([header, asked, ...answers]), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { socket, port: socket.address().port };
}
