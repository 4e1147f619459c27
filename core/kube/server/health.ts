/** /healthz, /livez and /readyz (apiserver pkg/server/healthz): named checks, of which etcd is the one that can fail. */
import type { Clock, Timer } from "../../platform/clock.ts";
import type { KeyValueStore } from "./key-value-store.ts";

/** A linearizable read of <prefix>/health, at most one at a time; in between the last answer is told again (storage/storagebackend/factory). */
export class EtcdHealth {
  private last: { readonly at: number; readonly failure: string } | undefined;
  private asking: Promise<string> | undefined;

  /** @param timeoutMs --etcd-healthcheck-timeout */
  constructor(
    private readonly store: Pick<KeyValueStore, "get">,
    private readonly key: string,
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {}

  /** "" or why not */
  async failure(): Promise<string> {
    const { last } = this;
    if (last !== undefined && this.clock.monotonic() - last.at < this.timeoutMs / 2) return last.failure;
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async ask(): Promise<string> {
    let timer: Timer | undefined;
    const late = new Promise<string>((resolve) => {
      timer = this.clock.after(this.timeoutMs, () => resolve("context deadline exceeded"));
    });
    const answer = this.store.get(this.key).then(
      () => "",
      (error: unknown) => (error as Error).message,
    );
    const failure = await Promise.race([answer, late]);
    timer?.cancel();
    this.last = { at: this.clock.monotonic(), failure };
    return failure;
  }
}

export interface HealthPage {
  readonly code: number;
  readonly text: string;
}

export interface HealthChecks {
  /** by name, "" or why not */
  readonly checks: Readonly<Record<string, () => Promise<string>>>;
  readonly log: (text: string) => void;
}

/** @param page "healthz", "livez" or "readyz". @param only one check; "": all. undefined: there is no such check */
export async function healthPage(page: string, only: string, query: URLSearchParams, { checks, log }: HealthChecks): Promise<HealthPage | undefined> {
  if (only !== "") {
    const check = checks[only];
    if (check === undefined) return undefined;
    const failure = await check();
    return failure === "" ? { code: 200, text: "ok" } : { code: 500, text: `internal server error: ${failure}\n` };
  }
  const excluded = new Set(query.getAll("exclude"));
  const lines: string[] = [];
  const failed: string[] = [];
  for (const [name, check] of Object.entries(checks)) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const failure = await check();
    if (failure === "") lines.push(`[+]${name} ok`);
    else {
      lines.push(`[-]${name} failed: reason withheld`);
      failed.push(`[-]${name} failed: ${failure}`);
    }
  }
  if (excluded.size > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${[...excluded].map((name) => `"${name}"`).join(",")}`);
  if (failed.length > 0) {
    log(`${failed.map((line) => line.slice(3).replace(/ failed:.*/, "")).join(",")} check failed: ${page}\n${failed.join("\n")}`);
    return { code: 500, text: `${lines.join("\n")}\n${page} check failed\n` };
  }
  return { code: 200, text: query.has("verbose") ? `${lines.join("\n")}\n${page} check passed\n` : "ok" };
}
