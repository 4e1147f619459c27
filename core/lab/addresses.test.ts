import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { hostAddresses, LabAddressBook, planAddresses } from "./addresses.ts";

const own = (block: number) =>
  ["m1", "m2"].map((host, at) => ({ host, address: `127.0.${block}.${at + 1}`, clientPort: 2379, peerPort: 2380 }));

describe("a host's address book", () => {
  it("knows itself as localhost, the others by their names, and the old client port", () => {
    const book = new LabAddressBook(hostAddresses("m1", own(1), own(1)));
    expect(book.resolve({ host: "localhost", port: 2379 })).toEqual({ host: "127.0.1.1", port: 2379 });
    expect(book.resolve({ host: "127.0.0.1", port: 4001 })).toEqual({ host: "127.0.1.1", port: 2379 });
    expect(book.resolve({ host: "host2", port: 2380 })).toEqual({ host: "127.0.1.2", port: 2380 });
    expect(book.resolve({ host: "etcd-m2", port: 2379 })).toEqual({ host: "127.0.1.2", port: 2379 });
    expect(book.resolve({ host: "example.org", port: 80 })).toEqual({ host: "example.org", port: 80 });
  });
  it("leads from the addresses that members wrote down to those of today", () => {
    const book = new LabAddressBook(hostAddresses("m2", own(4), own(1)));
    expect(book.resolve({ host: "127.0.1.1", port: 2380 })).toEqual({ host: "127.0.4.1", port: 2380 });
    expect(book.resolve({ host: "127.0.0.1", port: 2379 })).toEqual({ host: "127.0.4.2", port: 2379 });
  });
  it("maps ports where all hosts share one address", () => {
    const shared = [
      { host: "m1", address: "127.0.0.1", clientPort: 5001, peerPort: 5002 },
      { host: "m2", address: "127.0.0.1", clientPort: 5003, peerPort: 5004 },
    ];
    const book = new LabAddressBook(hostAddresses("m2", shared, shared));
    expect(book.resolve({ host: "127.0.0.1", port: 2379 })).toEqual({ host: "127.0.0.1", port: 5003 });
    expect(book.resolve({ host: "m1", port: 2380 })).toEqual({ host: "127.0.0.1", port: 5002 });
    expect(book.resolve({ host: "127.0.0.1", port: 5001 })).toEqual({ host: "127.0.0.1", port: 5001 });
  });
});

describe("the plan of addresses", () => {
  it("gives two labs that run at once different ones, and the first its own again", async () => {
    const first = await planAddresses(["m1", "m2"]);
    const second = await planAddresses(["m1", "m2"]);
    const seen = [...first.hosts, ...second.hosts].map((one) => `${one.address}:${one.clientPort}`);
    expect(new Set(seen).size).toBe(4);
    first.release();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const again = await planAddresses(["m1", "m2"], first.hosts);
    expect(again.hosts).toEqual(first.hosts);
    second.release();
    again.release();
  });
  it("goes round a port that somebody else has", async () => {
    const plan = await planAddresses(["m1"]);
    plan.release();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(plan.hosts[0]!.clientPort, plan.hosts[0]!.address, resolve));
    const other = await planAddresses(["m1"], plan.hosts);
    expect(other.hosts[0]).not.toEqual(plan.hosts[0]);
    other.release();
    await new Promise((resolve) => taken.close(resolve));
  });
});
