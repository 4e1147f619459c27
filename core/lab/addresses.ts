/**
 * Loopback addresses of a lab's hosts. Where the system binds all of 127/8, each host has an address of its own
 * (127.0.1.1, 127.0.1.2, ...) with etcd's usual ports; a second lab at the same time takes the next block (127.0.2.x).
 * Where only 127.0.0.1 can be bound, each host has ports of its own on it.
 */
import { createServer, type Server } from "node:net";
import type { Address, AddressBook } from "../platform/address-book.ts";
import type { HostAddresses } from "../probe/channel.ts";

const CLIENT_PORT = 2379;
const PEER_PORT = 2380;
/** etcd's client port before 2.0, which old texts still name */
const OLD_CLIENT_PORT = 4001;
/** Held open as long as a lab has its block of addresses, so that no other lab takes it. */
const CLAIM_PORT = 2378;
const BLOCKS = 40;

export interface HostAddress {
  readonly host: string;
  readonly address: string;
  readonly clientPort: number;
  readonly peerPort: number;
}

export interface AddressPlan {
  readonly hosts: readonly HostAddress[];
  /** ends the claim on the addresses */
  release(): void;
}

/** @returns undefined when it cannot be bound */
function listen(address: string, port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(undefined));
    server.listen({ host: address, port, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

async function portFree(address: string, port: number): Promise<boolean> {
  const server = await listen(address, port);
  if (server === undefined) return false;
  await close(server);
  return true;
}

/**
 * @param preferred addresses that the lab had before; taken again where they are free
 * @param others blocks of other labs, which may not run just now; taken last
 */
export async function planAddresses(hosts: readonly string[], preferred: readonly HostAddress[] = [], others: ReadonlySet<number> = new Set()): Promise<AddressPlan> {
  const before = preferred.length === hosts.length ? blockOf(preferred) : undefined;
  const blocks = Array.from({ length: BLOCKS }, (_, at) => at + 1);
  const rank = (block: number): number => (block === before ? 0 : others.has(block) ? 2 : 1);
  for (const block of blocks.sort((a, b) => rank(a) - rank(b) || a - b)) {
    const claim = await listen(`127.0.${block}.1`, CLAIM_PORT);
    if (claim === undefined) continue;
    const plan = hosts.map((host, at) => ({ host, address: `127.0.${block}.${at + 1}`, clientPort: CLIENT_PORT, peerPort: PEER_PORT }));
    const free = await Promise.all(plan.flatMap((one) => [portFree(one.address, one.clientPort), portFree(one.address, one.peerPort)]));
    if (free.every(Boolean)) return { hosts: plan, release: () => claim.close() };
    await close(claim);
  }
  return planPorts(hosts, preferred);
}

/** The L of 127.0.L.x; undefined where the hosts share an address. */
export function blockOf(hosts: readonly HostAddress[]): number | undefined {
  const block = /^127\.0\.(\d+)\.1$/.exec(hosts[0]?.address ?? "")?.[1];
  return block === undefined || block === "0" ? undefined : Number(block);
}

async function planPorts(hosts: readonly string[], preferred: readonly HostAddress[]): Promise<AddressPlan> {
  const held: Server[] = [];
  const take = async (wanted: number | undefined): Promise<number> => {
    const server = (wanted === undefined ? undefined : await listen("127.0.0.1", wanted)) ?? (await listen("127.0.0.1", 0));
    const address = server?.address();
    if (server === undefined || address === null || typeof address !== "object") throw new Error("no free port on 127.0.0.1");
    held.push(server);
    return address.port;
  };
  const plan: HostAddress[] = [];
  for (const host of hosts) {
    const before = preferred.find((one) => one.host === host && one.address === "127.0.0.1");
    plan.push({ host, address: "127.0.0.1", clientPort: await take(before?.clientPort), peerPort: await take(before?.peerPort) });
  }
  await Promise.all(held.map(close));
  return { hosts: plan, release: () => undefined };
}

/** Names by which a host is known: m1, host1, etcd-m1. */
export function namesOf(host: string): string[] {
  const number = /^m(\d+)$/.exec(host)?.[1];
  return [host, `etcd-${host}`, ...(number === undefined ? [] : [`host${number}`, `etcd${number}`])];
}

/**
 * What the programs on `self` are told.
 * @param past the addresses that the lab has had since its members first wrote them down; they lead to today's
 */
export function hostAddresses(self: string, plan: readonly HostAddress[], past: readonly HostAddress[]): HostAddresses {
  const hosts: Record<string, string> = {};
  const ports: Record<string, number> = {};
  const taken = new Set(plan.flatMap((one) => [one.clientPort, one.peerPort]));
  for (const one of plan) {
    const names = [...namesOf(one.host), ...(one.host === self ? ["localhost", "127.0.0.1"] : [])];
    const before = past.filter((other) => other.host === one.host);
    for (const old of before) if (old.address !== one.address && old.address !== "127.0.0.1") names.push(old.address);
    for (const name of names) {
      hosts[name] = one.address;
      ports[`${name}:${OLD_CLIENT_PORT}`] = one.clientPort;
      if (one.clientPort !== CLIENT_PORT) ports[`${name}:${CLIENT_PORT}`] = one.clientPort;
      if (one.peerPort !== PEER_PORT) ports[`${name}:${PEER_PORT}`] = one.peerPort;
    }
    for (const old of before) {
      if (old.address !== "127.0.0.1" || one.address !== "127.0.0.1") continue;
      // a port that another host has today leads to that host
      if (!taken.has(old.clientPort)) ports[`127.0.0.1:${old.clientPort}`] = one.clientPort;
      if (!taken.has(old.peerPort)) ports[`127.0.0.1:${old.peerPort}`] = one.peerPort;
    }
  }
  return { self, hosts, ports };
}

/** The book that reads these words. */
export class LabAddressBook implements AddressBook {
  constructor(private readonly addresses: HostAddresses) {}

  resolve(address: Address): Address {
    const host = this.addresses.hosts[address.host] ?? address.host;
    const port = this.addresses.ports[`${address.host}:${address.port}`] ?? address.port;
    return { host, port };
  }
}
