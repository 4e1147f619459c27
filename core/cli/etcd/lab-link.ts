/** What a lab adds to a member: the host's address book from the environment, and the channel to the parent process. */
import type { Address, AddressBook } from "../../platform/address-book.ts";
import { plainAddressBook } from "../../platform/address-book.ts";
import { HOST_ADDRESSES, type HostAddresses, type LabChannel, type LabWord, type MemberWord } from "../../probe/channel.ts";

const loopbackNames = new Set(["localhost", "127.0.0.1", "::1", ""]);

/** Resolves as `HostAddresses` says: loopback means the host itself, names are looked up, ports are mapped. */
function hostAddressBook(host: HostAddresses): AddressBook {
  return {
    resolve(address: Address): Address {
      const name = loopbackNames.has(address.host) ? host.self : address.host;
      const port = host.ports[`${name}:${address.port}`] ?? host.ports[`${address.host}:${address.port}`] ?? address.port;
      return { host: host.hosts[name] ?? address.host, port };
    },
  };
}

/** @throws Error when the variable holds something else than a lab's host */
export function addressBookOf(env: Readonly<Record<string, string | undefined>>): AddressBook {
  const text = env[HOST_ADDRESSES];
  if (text === undefined || text === "") return plainAddressBook;
  const host = JSON.parse(text) as Partial<HostAddresses>;
  if (typeof host.self !== "string" || typeof host.hosts !== "object" || typeof host.ports !== "object") {
    throw new Error(`${HOST_ADDRESSES} does not describe a host: ${text}`);
  }
  return hostAddressBook(host as HostAddresses);
}

/** Electron's port to the parent of a utility process. */
interface ParentPort {
  postMessage(word: unknown): void;
  on(event: "message", listener: (event: { readonly data: unknown }) => void): void;
}

/** every kind of word there is: the compiler asks for a new one here too */
const labWords: Readonly<Record<LabWord["type"], true>> = { faults: true, watch: true, watching: true, step: true, letters: true, ticks: true };

function isLabWord(word: unknown): word is LabWord {
  if (typeof word !== "object" || word === null) return false;
  const { type } = word as { readonly type?: unknown };
  return typeof type === "string" && Object.hasOwn(labWords, type);
}

/** @param onGone called when the parent is no more: a member of a lab does not outlive it */
export function labChannel(onGone: () => void): LabChannel | undefined {
  const port = (process as unknown as { readonly parentPort?: ParentPort }).parentPort;
  if (port !== undefined && port !== null) {
    return {
      send: (word: MemberWord) => port.postMessage(word),
      onWord: (listener) => port.on("message", ({ data }) => void (isLabWord(data) && listener(data))),
    };
  }
  if (process.send === undefined || !process.connected) return undefined;
  process.on("disconnect", onGone);
  let waiting = 0;
  return {
    send(word: MemberWord): void {
      if (!process.connected) return;
      waiting++;
      process.send?.(word, undefined, undefined, () => {
        waiting--;
      });
    },
    busy: () => waiting > 8,
    onWord: (listener) => process.on("message", (word) => void (isLabWord(word) && listener(word))),
  };
}
