/** The service table over our own HTTP/2 (`core/h2`): the carrier that members use. */
import type { Duplex } from "node:stream";
import type { HeaderList } from "../../h2/header-field.ts";
import type { RequestHead } from "../../h2/request-head.ts";
import type { StatusError } from "../../proto/errors.ts";
import { type Admission, Admissions, isGrpc, type Refusal } from "../carrier/admission.ts";
import type { Carrier, CarrierOptions, HttpAccept } from "../carrier/carrier.ts";
import type { Routes } from "../carrier/route.ts";
import { type ConnectionOwner, ServerConnection } from "./server-connection.ts";

/** Longest wait for a graceful end of calls when the member stops, ms. */
const CLOSE_GRACE_MS = 2000;

export class OwnHttp2Carrier implements Carrier, ConnectionOwner {
  private readonly admissions: Admissions;
  private readonly open = new Set<ServerConnection>();
  private closing = false;
  private allClosed: (() => void) | undefined;

  constructor(
    routes: Routes,
    readonly options: CarrierOptions,
  ) {
    this.admissions = new Admissions(routes);
  }

  accept(socket: Duplex, http?: HttpAccept): void {
    if (this.closing) socket.destroy();
    else this.open.add(new ServerConnection(socket, http, this));
  }

  get connections(): number {
    return this.open.size;
  }

  async close(reason: StatusError): Promise<void> {
    this.closing = true;
    if (this.open.size === 0) return;
    const closed = new Promise<void>((resolve) => (this.allClosed = resolve));
    for (const connection of this.open) connection.drain(reason);
    const overdue = setTimeout(() => {
      for (const connection of this.open) connection.destroy();
    }, CLOSE_GRACE_MS);
    await closed;
    clearTimeout(overdue);
  }

  /** Answers of the same header list are the same, and header lists that come again are the same object. */
  decide(head: RequestHead, list: HeaderList, http: boolean): Admission | Refusal | undefined {
    const known = head.memo as Admission | Refusal | undefined;
    if (known !== undefined) return known;
    const metadata: Record<string, string> = {};
    let hosts = 0;
    for (const { name, value } of list.fields) {
      if (name === "host") hosts++;
      const before = metadata[name];
      metadata[name] = before === undefined ? value : `${before}, ${value}`;
    }
    if (http && !isGrpc(metadata["content-type"])) return undefined;
    const decision = this.admissions.decide(head.method, head.path, metadata, hosts);
    head.memo = decision;
    return decision;
  }

  closed(connection: ServerConnection): void {
    if (this.open.delete(connection) && this.open.size === 0) this.allClosed?.();
  }
}
