/** PUT /config/local/log: another log level while the member runs (etcd 3.4, etcdhttp/base.go). */
import type { Log } from "../../server/log.ts";
import { allowMethod, answer, type HttpExchange, readBody } from "./reply.ts";
import type { Http1Server } from "./http1-server.ts";

export type LogLevelName = "debug" | "info" | "warn" | "error" | "fatal";

/** 3.4's names, and their first letters. */
const LEVELS: Readonly<Record<string, LogLevelName>> = {
  CRITICAL: "fatal",
  ERROR: "error",
  WARNING: "warn",
  NOTICE: "info",
  INFO: "info",
  DEBUG: "debug",
  TRACE: "debug",
};
const BODY_BYTES_MAX = 64 * 1024;

export function addLogLevel(http: Http1Server, setLevel: (level: LogLevelName) => void, log: Log): void {
  http.route("/config/local/log", async (exchange) => {
    if (!allowMethod(exchange, "PUT")) return;
    let asked: unknown;
    try {
      asked = levelIn(JSON.parse(await readBody(exchange.request, BODY_BYTES_MAX)));
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
    }
    if (typeof asked !== "string") {
      refuse(exchange, "Invalid json body");
      return;
    }
    const name = Object.keys(LEVELS).find((level) => level === asked.toUpperCase() || level[0] === asked.toUpperCase());
    if (name === undefined) {
      refuse(exchange, `Invalid log level ${asked}`);
      return;
    }
    setLevel(LEVELS[name]!);
    log.info("log level was set", { level: LEVELS[name]! });
    exchange.response.statusCode = 204;
    exchange.response.end();
  });
}

/** Go finds the field whatever its case; one that is absent is empty. */
function levelIn(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return undefined;
  return Object.entries(body).find(([name]) => name.toLowerCase() === "level")?.[1] ?? "";
}

function refuse({ response }: HttpExchange, message: string): void {
  answer(response, "application/json", JSON.stringify({ message }), 400);
}
