/**
 * What stands in for kube-apiserver so far: it asks etcd's client URL, as an API server would, whether etcd serves, and
 * says so. It serves no API.
 */
import type { AddressBook } from "../platform/address-book.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import { healthy } from "./health-probe.ts";
import type { RunningService, ServiceEnd } from "./service-runner.ts";
import type { TlsDialer } from "../tls/tls-dial.ts";
import { TlsError } from "../tls/tls-info.ts";

/** How it finds and trusts its etcd: names by the host's book, https with the files of its flags. */
export interface WatcherWays {
  readonly book: AddressBook;
  /** @throws TlsError */
  readonly dialer: () => TlsDialer | undefined;
}

const ASK_MS = 1000;

export class ApiserverWatcher implements RunningService {
  readonly pid: undefined;
  readonly ready = Promise.resolve();
  readonly ended: Promise<ServiceEnd>;
  private end!: (end: ServiceEnd) => void;
  private timer: Timer | undefined;
  private over = false;
  private state: "asking" | "served" | "unreachable" = "asking";

  constructor(
    private readonly servers: readonly string[],
    private readonly ways: WatcherWays,
    private readonly clock: Clock,
    private readonly log: (text: string) => void,
    private readonly onChange: () => void,
  ) {
    this.ended = new Promise((resolve) => (this.end = resolve));
    log(`watching etcd at ${servers.join(", ")} (no API is served yet: that comes later)`);
    void this.ask();
  }

  status(): string {
    const what = { asking: "asking etcd", served: "serving: etcd answers", unreachable: "etcd unreachable" }[this.state];
    return `${what} at ${this.servers.join(", ")}; so far it only watches etcd`;
  }

  stop(): void {
    this.finish({ code: 0, signal: null, failure: "" });
  }

  signal(signal: NodeJS.Signals): boolean {
    if (signal === "SIGCONT" || signal === "SIGSTOP") return false;
    this.finish(signal === "SIGTERM" ? { code: 0, signal: null, failure: "" } : { code: null, signal, failure: "" });
    return true;
  }

  private finish(end: ServiceEnd): void {
    this.over = true;
    this.timer?.cancel();
    this.end(end);
  }

  private async ask(): Promise<void> {
    const answers = await Promise.all(this.servers.map((server) => this.answers(server)));
    if (this.over) return;
    const state = answers.some(Boolean) ? "served" : "unreachable";
    if (state !== this.state) {
      this.state = state;
      this.log(state === "served" ? `etcd answers at ${this.servers.join(", ")}` : `etcd is unreachable at ${this.servers.join(", ")}: no request could be served`);
      this.onChange();
    }
    this.timer = this.clock.after(ASK_MS, () => void this.ask());
  }

  private async answers(server: string): Promise<boolean> {
    try {
      return await healthy(this.real(server), ASK_MS, server.startsWith("https:") ? this.ways.dialer() : undefined);
    } catch (error) {
      if (error instanceof TlsError) return false;
      throw error;
    }
  }

  private real(server: string): string {
    const url = URL.canParse(server) ? new URL(server) : undefined;
    if (url === undefined) return server;
    const { host, port } = this.ways.book.resolve({ host: url.hostname, port: Number(url.port || "80") });
    return `${url.protocol}//${host}:${port}`;
  }
}
