/** One of the two members under comparison: its process, its connection, its watch streams, and the ids it made itself. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { ClientHttp2Stream } from "node:http2";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../harness/ports.ts";
import { Connection, framed, Unframer } from "./grpc-wire.ts";
import type { Value, Values } from "./values.ts";

/** Program and leading arguments. */
export type Command = readonly [program: string, ...args: string[]];

export interface OpenWatch {
  readonly stream: ClientHttp2Stream;
  /** bodies in the order in which they came */
  readonly bodies: Buffer[];
  /** of the trailers, once the member ended it */
  status: string | undefined;
}

export class Side {
  readonly leases: bigint[] = [];
  readonly members: bigint[] = [];
  /** by user */
  readonly tokens = new Map<string, string>();
  readonly watches = new Map<number, OpenWatch>();
  self = 0n;
  cluster = 0n;
  /** raft index at the start of the run */
  firstIndex = 0n;

  private constructor(
    readonly name: "real" | "ours",
    readonly url: string,
    readonly peerUrl: string,
    readonly connection: Connection,
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly said: () => string,
  ) {}

  /** Started and answering. */
  static async start(name: "real" | "ours", [program, ...leading]: Command): Promise<Side> {
    const folder = mkdtempSync(join(tmpdir(), `same-answers-${name}-`));
    const [clientPort, peerPort] = await freePorts(2);
    const url = `http://127.0.0.1:${clientPort}`;
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    const args = ["--name=m1", `--data-dir=${join(folder, "data")}`, `--listen-client-urls=${url}`, `--advertise-client-urls=${url}`];
    args.push(`--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`, `--initial-cluster=m1=${peerUrl}`, "--log-level=error", "--bcrypt-cost=4");
    const child = spawn(program, [...leading, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-20_000)));
    for (;;) {
      try {
        // once the version of the cluster is decided, nothing goes into the log by itself any more
        const version = (await (await fetch(`${url}/version`)).json()) as { etcdcluster: string };
        if (/^\d/.test(version.etcdcluster) && (await fetch(`${url}/health`)).ok) break;
      } catch (error) {
        if (child.exitCode !== null) throw new Error(`${program} did not start:\n${said}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return new Side(name, url, peerUrl, new Connection(url), child, folder, () => said);
  }

  /** @throws Error with what it wrote, where the member has ended */
  mustLive(): void {
    if (this.child.exitCode !== null || this.child.signalCode !== null) throw new Error(`the ${this.name} member ended:\n${this.said()}`);
  }

  /** The request as this member must be asked: ids it made stand where the symbols stood. */
  resolve(values: Values): Values {
    const made = values["$made"];
    if (made !== undefined) throw new Error("a symbol is no message");
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === undefined ? undefined : this.resolveValue(value)]));
  }

  private resolveValue(value: Value): Value {
    if (Array.isArray(value)) return (value as readonly Value[]).map((one) => this.resolveValue(one));
    if (typeof value !== "object" || Buffer.isBuffer(value)) return value;
    const { $made: made, index } = value as Values;
    if (made === undefined) return this.resolve(value as Values);
    return (made === "lease" ? this.leases : this.members)[index as number] ?? 987654321n;
  }

  watch(number: number): OpenWatch {
    const open = this.watches.get(number);
    if (open !== undefined) return open;
    const stream = this.connection.open("/etcdserverpb.Watch/Watch");
    const fresh: OpenWatch = { stream, bodies: [], status: undefined };
    const unframer = new Unframer();
    stream.on("data", (chunk: Buffer) => fresh.bodies.push(...unframer.push(chunk)));
    stream.on("trailers", (headers) => (fresh.status = `${String(headers["grpc-status"])} ${String(headers["grpc-message"])}`));
    stream.on("error", (error) => (fresh.status ??= error.message));
    this.watches.set(number, fresh);
    return fresh;
  }

  ask(number: number, body: Buffer): void {
    this.watch(number).stream.write(framed(body));
  }

  closeWatch(number: number): void {
    this.watches.get(number)?.stream.close();
    this.watches.delete(number);
  }

  async stop(): Promise<void> {
    this.connection.close();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, "exit");
      this.child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
