/** The peer transport over HTTP/1.1 (rafthttp/transport.go): who the peers are, and the one way out for all messages. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Message } from "../proto/gen/raftpb.ts";
import type { DropReason } from "./link-events.ts";
import { LinkShaper } from "./link-faults.ts";
import { noteDrop, type PeerContext } from "./peer-context.ts";
import { hexId } from "./peer-headers.ts";
import { PeerAgents } from "./peer-request.ts";
import { PeerRequests } from "./peer-requests.ts";
import { RemoteOnly, RemotePeer } from "./remote-peer.ts";
import { Tally } from "./tally.ts";
import type { DatabaseSource, LinkFaults, PeerCounters, Transport, TransportOptions } from "./transport.ts";

/** Starts with no peers. The peer port's server is the caller's: requestTimeout 0, keepAliveTimeout above 5 s. */
export function createTransport(options: TransportOptions): Transport {
  return new HttpTransport(options);
}

class HttpTransport implements Transport {
  private readonly peers = new Map<bigint, RemotePeer>();
  private readonly remotes = new Map<bigint, RemoteOnly>();
  private readonly shapers = new Map<bigint, LinkShaper>();
  /** of what comes in */
  private readonly incoming = new Map<bigint, LinkShaper>();
  private readonly context: PeerContext;
  private readonly requests: PeerRequests;
  private stopped = false;

  constructor(private readonly options: TransportOptions) {
    this.context = {
      options,
      tally: new Tally(),
      agents: new PeerAgents(options),
      outgoing: (id) => this.shapers.get(id),
      isCut: (id) => this.isCut(id),
      shapeIncoming: (id, bytes, deliver, drop) => {
        const shaper = this.incoming.get(id);
        if (!shaper || shaper.idle) deliver();
        else shaper.submit(bytes, deliver, drop);
      },
      observe: options.observe,
    };
    this.requests = new PeerRequests(this.context, {
      hasPeer: (id) => this.peers.has(id),
      attach: (id, channel, response) => this.peers.get(id)?.writers[channel].attach(response),
      addRemote: (id, urls) => this.addRemote(id, urls),
    });
  }

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.stopped) return this.requests.handle(request, response);
    request.socket.destroy();
    return true;
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) this.post(message);
  }

  sendSnapshot(message: Message, database: DatabaseSource): void {
    const peer = this.peers.get(message.to);
    if (!peer || this.stopped) {
      database.release();
      return;
    }
    let gone = false;
    const go = (): void => {
      // a duplicated message has one database only
      if (!gone) peer.sendSnapshot(message, database);
      gone = true;
    };
    const lost = (): void => this.snapshotLost(message, database);
    if (this.options.mailRoom?.hold(message, go, lost) !== true) this.shape(message, go, lost);
  }

  addPeer(id: bigint, urls: readonly string[]): void {
    if (this.stopped || this.peers.has(id)) return;
    const peer = new RemotePeer(this.context, id, urls);
    this.peers.set(id, peer);
    peer.start();
    this.options.log?.("info", "added remote peer", this.fields(id, urls));
  }

  updatePeer(id: bigint, urls: readonly string[]): void {
    const peer = this.peers.get(id);
    if (!peer) return;
    peer.update(urls);
    this.options.log?.("info", "updated remote peer", this.fields(id, urls));
  }

  removePeer(id: bigint): void {
    const peer = this.peers.get(id);
    if (!peer) return;
    this.peers.delete(id);
    peer.stop();
    this.options.log?.("info", "removed remote peer", this.fields(id));
  }

  removeAllPeers(): void {
    for (const id of [...this.peers.keys()]) this.removePeer(id);
  }

  addRemote(id: bigint, urls: readonly string[]): void {
    if (this.stopped || this.peers.has(id) || this.remotes.has(id) || !urls.every((url) => URL.canParse(url))) return;
    this.remotes.set(id, new RemoteOnly(this.context, id, urls));
    this.options.log?.("info", "added new remote peer", this.fields(id, urls));
  }

  activeSince(id: bigint): number | undefined {
    return this.peers.get(id)?.activeSince;
  }

  activePeers(): number {
    let count = 0;
    for (const peer of this.peers.values()) if (peer.activeSince !== undefined) count++;
    return count;
  }

  setFaults(faults: LinkFaults): void {
    for (const [shapers, wanted] of [[this.shapers, faults.outgoing], [this.incoming, faults.incoming]] as const) {
      for (const [id, fault] of wanted) this.shaperOf(shapers, id).set(fault);
      for (const [id, shaper] of shapers) if (!wanted.has(id)) shaper.heal();
    }
  }

  isCut(id: bigint): boolean {
    return this.shapers.get(id)?.cut === true || this.incoming.get(id)?.cut === true;
  }

  counters(): PeerCounters {
    return this.context.tally.counters;
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    for (const shaper of [...this.shapers.values(), ...this.incoming.values()]) shaper.stop();
    for (const remote of this.remotes.values()) remote.stop();
    for (const peer of this.peers.values()) peer.stop();
    this.peers.clear();
    this.remotes.clear();
    this.context.agents.destroy();
    await Promise.resolve();
  }

  /** The one way out: every message of raft passes here, to be held by the mail room, shaped by faults, or sent. */
  private post(message: Message): void {
    if (message.to === 0n || this.stopped) return;
    const target = this.peers.get(message.to) ?? this.remotes.get(message.to);
    if (!target) {
      this.options.log?.("debug", "ignored message send request; unknown remote peer target", {
        "unknown-target-peer-id": hexId(message.to),
      });
      this.drop(message, "unknown peer");
      return;
    }
    const go = (): void =>
      this.shape(
        message,
        () => target.send(message),
        (reason) => this.drop(message, reason),
      );
    if (this.options.mailRoom?.hold(message, go, () => this.drop(message, "loss")) !== true) go();
  }

  private shape(message: Message, go: () => void, drop: (reason: DropReason) => void): void {
    const shaper = this.shapers.get(message.to);
    if (!shaper || shaper.idle) go();
    else shaper.submit(Message.size(message), go, drop);
  }

  private drop(message: Message, reason: DropReason): void {
    noteDrop(this.context, message, 0, "message", reason);
    if (reason === "buffer full") this.options.raft.reportUnreachable(message.to);
  }

  private snapshotLost(message: Message, database: DatabaseSource): void {
    database.release();
    noteDrop(this.context, message, 0, "snapshot", "cut");
    this.options.raft.reportUnreachable(message.to);
    this.options.raft.reportSnapshot(message.to, false);
  }

  private shaperOf(shapers: Map<bigint, LinkShaper>, id: bigint): LinkShaper {
    let shaper = shapers.get(id);
    if (!shaper) {
      shaper = new LinkShaper(this.options.clock, this.options.random);
      shapers.set(id, shaper);
    }
    return shaper;
  }

  private fields(id: bigint, urls?: readonly string[]): Record<string, unknown> {
    return {
      "local-member-id": hexId(this.options.localId),
      "remote-peer-id": hexId(id),
      ...(urls ? { "remote-peer-urls": urls } : {}),
    };
  }
}
