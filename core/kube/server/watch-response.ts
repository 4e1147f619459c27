/** A watch as an HTTP answer: one JSON document a line, each sent at once (apiserver pkg/endpoints/handlers/watch.go). */
import type { ServerResponse } from "node:http";
import type { Clock } from "../../platform/clock.ts";
import type { KubeObject } from "../schema/index.ts";
import { ApiError, type Status } from "./api-error.ts";
import type { ListOptions } from "./list-options.ts";
import type { Resource } from "./api.ts";
import type { WatchSink } from "./reads.ts";

/** A watch that names no time lives half an hour to an hour. */
const LIFE_S = 1800;
/** A client that does not read is let go, bytes that wait for it. */
const WAITING_MAX = 8 * 1024 * 1024;

export interface WatchAnswer {
  readonly resource: Resource;
  readonly namespace: string;
  readonly options: ListOptions;
  /** an object as the client wants it */
  readonly shape: (object: KubeObject) => unknown;
  readonly clock: Clock;
  readonly draw: () => number;
}

/** Resolves when the watch is over. @throws ApiError before anything was sent */
export async function answerWatch(response: ServerResponse, { resource, namespace, options, shape, clock, draw }: WatchAnswer): Promise<void> {
  let over = false;
  const waiting: string[] = [];
  const begin = (): void => {
    if (response.headersSent) return;
    response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-cache, private" });
    response.flushHeaders();
  };
  const send = (type: string, object: unknown): void => {
    if (over) return;
    const line = `${JSON.stringify({ type, object })}\n`;
    if (!response.headersSent) waiting.push(line);
    else response.write(line);
    if (response.writableLength > WAITING_MAX) response.destroy();
  };
  let finish!: () => void;
  const done = new Promise<void>((resolve) => (finish = resolve));
  const sink: WatchSink = {
    event: (type, object) => send(type, type === "BOOKMARK" ? object : shape(object)),
    error: (status: Status) => {
      send("ERROR", status);
      finish();
    },
  };
  response.once("close", finish);
  const end = await resource.reads.watch(namespace, options, sink).catch((error: unknown) => {
    over = true;
    if (error instanceof ApiError && error.reason === "Expired") {
      over = false;
      send("ERROR", error.status);
      finish();
      return () => undefined;
    }
    throw error;
  });
  begin();
  for (const line of waiting) response.write(line);
  const seconds = options.timeout > 0 ? options.timeout : LIFE_S * (1 + draw());
  const timer = clock.after(seconds * 1000, finish);
  await done;
  over = true;
  timer.cancel();
  end();
  response.end();
}
