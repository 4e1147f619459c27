/** A load of puts or gets with a fixed number in flight, and how long each took. */
import { Client, connect } from "../../core/client/index.ts";

export const KEY_BYTES = 16;
export const VALUE = Buffer.alloc(128, 0x76);

export interface LoadResult {
  readonly perSecond: number;
  /** ms */
  readonly median: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length === 0 ? Number.NaN : sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function keyOf(number: number): Buffer {
  return Buffer.from(`bench/${String(number % 100_000).padStart(KEY_BYTES - 6, "0")}`);
}

/** Runs `request` over clients of all endpoints with `inFlight` at once for `seconds`. Any failure ends the bench. */
export async function load(endpoints: readonly string[], inFlight: number, seconds: number, request: (client: Client, number: number) => Promise<unknown>): Promise<LoadResult> {
  const connections = Math.min(inFlight, 4);
  const clients = Array.from({ length: connections }, (_, index) => new Client(connect(endpoints[index % endpoints.length]!)));
  const latencies: number[] = [];
  let number = 0;
  try {
    await Promise.all(clients.map((client) => request(client, number++)));
    const begin = performance.now();
    const end = begin + seconds * 1000;
    const worker = async (client: Client): Promise<void> => {
      while (performance.now() < end) {
        const started = performance.now();
        await request(client, number++);
        latencies.push(performance.now() - started);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, (_, index) => worker(clients[index % connections]!)));
    return { perSecond: latencies.length / ((performance.now() - begin) / 1000), median: median(latencies) };
  } finally {
    for (const client of clients) client.channel.close();
  }
}

export const put = (client: Client, number: number): Promise<unknown> => client.put({ key: keyOf(number), value: VALUE });
export const get =
  (serializable: boolean) =>
  (client: Client, number: number): Promise<unknown> =>
    client.range({ key: keyOf(number % 1000), serializable });
export const getThousand = (client: Client): Promise<unknown> => client.range({ key: Buffer.from("bench/"), rangeEnd: Buffer.from("bench0"), limit: 1000 });
