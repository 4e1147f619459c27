/** node:http's connections to https URLs, through a TlsDialer: what is verified, and how failures read, is the dialler's. */
import { Agent, type AgentOptions, type ClientRequestArgs } from "node:http";
import { connect, type NetConnectOpts } from "node:net";
import type { Duplex } from "node:stream";
import type { TlsDialer } from "./tls-dial.ts";

/** What a request tells the agent beside node's options. */
export interface SecureTarget {
  /** the host as it stands in the URL: the name that the certificate must be valid for */
  readonly verifiedHost?: string;
}

type Created = (error: Error | null, socket?: Duplex) => void;

export class TlsAgent extends Agent {
  constructor(
    private readonly dialer: TlsDialer,
    options: AgentOptions,
  ) {
    super(options);
  }

  // called by node for each connection of its own; the socket comes later, through `created`
  override createConnection(options: ClientRequestArgs & SecureTarget, created: Created): undefined {
    const raw = connect(options as NetConnectOpts);
    const fail = (error: Error): void => {
      raw.destroy();
      created(error);
    };
    raw.once("error", fail);
    raw.once("connect", () => {
      raw.removeListener("error", fail);
      raw.setNoDelay(true);
      this.dialer.handshake(raw, options.verifiedHost ?? options.host ?? "").then(
        (socket) => created(null, socket),
        (error: unknown) => created(error as Error),
      );
    });
    return undefined;
  }
}
