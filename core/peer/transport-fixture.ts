/** Transports on loopback with a raft that only records; for the tests of this folder. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { plainAddressBook } from "../platform/address-book.ts";
import { nodeClock } from "../platform/node/clock.ts";
import { seededRandom } from "../platform/random.ts";
import { type LinkFault, noLinkFault } from "../probe/faults.ts";
import type { Message } from "../proto/gen/raftpb.ts";
import { createTransport } from "./create-transport.ts";
import type { LinkFaults, Transport, TransportOptions } from "./transport.ts";

export class FakeMember {
  readonly received: Message[] = [];
  readonly unreachable: bigint[] = [];
  readonly snapshots: [bigint, boolean][] = [];
  readonly databases = new Map<number, Buffer>();
  readonly removedIds = new Set<bigint>();
  removedNotices = 0;
  /** streams set up so far, both halves counted */
  streams = 0;
  readonly lines: string[] = [];
  process: (message: Message) => Promise<void> | void = () => undefined;
  url = "";
  readonly transport: Transport;
  readonly server: Server;

  constructor(
    readonly id: bigint,
    overrides: Partial<TransportOptions> = {},
  ) {
    this.transport = createTransport({
      localId: id,
      clusterId: 0xc1n,
      localUrls: () => [this.url],
      version: "3.6.14",
      minClusterVersion: "3.0.0",
      clock: nodeClock,
      random: seededRandom(Number(id)),
      addressBook: plainAddressBook,
      raft: {
        process: (message) => {
          this.received.push(message);
          return this.process(message);
        },
        isIdRemoved: (peer) => this.removedIds.has(peer),
        reportUnreachable: (peer) => this.unreachable.push(peer),
        reportSnapshot: (peer, ok) => this.snapshots.push([peer, ok]),
        onRemoved: () => this.removedNotices++,
      },
      databases: {
        receiveDatabase: async (chunks, index) => {
          const all: Buffer[] = [];
          for await (const chunk of chunks) all.push(chunk);
          this.databases.set(index, Buffer.concat(all));
          return this.databases.get(index)?.length ?? 0;
        },
      },
      log: (_level, message, fields) => {
        if (message.startsWith("established")) this.streams++;
        this.lines.push(`${message} ${String(fields["error"] ?? "")}`);
      },
      ...overrides,
    });
    this.server = createServer({ keepAliveTimeout: 10_000, requestTimeout: 0 }, (request, response) => {
      if (!this.transport.handle(request, response)) response.writeHead(404).end();
    });
  }

  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(port, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await this.transport.stop();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

export async function startMembers(count: number, overrides: Partial<TransportOptions> = {}): Promise<FakeMember[]> {
  const members = Array.from({ length: count }, (_, at) => new FakeMember(BigInt(at + 1), overrides));
  for (const member of members) await member.listen();
  for (const member of members) for (const other of members) if (other !== member) member.transport.addPeer(other.id, [other.url]);
  await until(() => members.every((member) => member.streams >= 4 * (count - 1)));
  return members;
}

/** Waits for something that others do; the test's own timeout is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

export function faults(outgoing: [bigint, Partial<LinkFault>][], incoming: [bigint, Partial<LinkFault>][] = []): LinkFaults {
  const full = (pairs: [bigint, Partial<LinkFault>][]): Map<bigint, LinkFault> =>
    new Map(pairs.map(([id, fault]) => [id, { ...noLinkFault, ...fault }]));
  return { outgoing: full(outgoing), incoming: full(incoming) };
}
