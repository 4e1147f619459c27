/**
 * /debug/pprof (--enable-pprof, Go's net/http/pprof): CPU and heap profiles of this program in pprof's own format, so that
 * `go tool pprof` and what is built on it read them. What this runtime has no like of (goroutines, blocking, mutexes, execution
 * traces) is refused by name rather than answered with an empty profile.
 */
import { Session } from "node:inspector/promises";
import { gzipSync } from "node:zlib";
import { allowMethod, answer, errorText, type HttpExchange } from "./reply.ts";
import type { Http1Server } from "./http1-server.ts";
import { type CallNode, CpuProfile, profileOf } from "./pprof-profile.ts";

const BASE = "/debug/pprof";
/** Default and longest time of a CPU profile, s. */
const SECONDS = 30;
const SECONDS_MAX = 300;
/** Bytes allocated between two samples of the heap. */
const HEAP_INTERVAL = 512 * 1024;
/** How long the heap is sampled, where nobody says, ms: allocations before that are not seen. */
const HEAP_MS = 1000;

const OFFERED: readonly (readonly [string, string])[] = [
  ["cmdline", "The command line invocation of the current program"],
  ["heap", "A sampling of memory allocations that are live, of the seconds that the seconds parameter names."],
  ["profile", "CPU profile. You can specify the duration in the seconds GET parameter."],
];
const REFUSED = ["allocs", "block", "goroutine", "mutex", "threadcreate", "trace"];

export function addPprof(http: Http1Server): void {
  http.routeBelow(`${BASE}/`, async (exchange) => {
    exchange.response.setHeader("X-Content-Type-Options", "nosniff");
    const name = exchange.path.slice(BASE.length + 1);
    if (!allowMethod(exchange, "GET", "POST")) return;
    if (name === "") index(exchange);
    else if (name === "cmdline") answer(exchange.response, "text/plain; charset=utf-8", process.argv.join("\0"));
    else if (name === "symbol") answer(exchange.response, "text/plain; charset=utf-8", "num_symbols: 1\n");
    else if (name === "profile") await cpu(exchange);
    else if (name === "heap") await heap(exchange);
    else {
      exchange.response.setHeader("X-Go-Pprof", "1");
      if (REFUSED.includes(name)) errorText(exchange.response, 501, `${name}: this program runs on Node.js, which has no such profile`);
      else errorText(exchange.response, 404, "Unknown profile");
    }
  });
}

function index({ response }: HttpExchange): void {
  const rows = OFFERED.map(([name, help]) => `<li><a href="${name}">${name}</a>: ${help}</li>`).join("\n");
  answer(response, "text/html; charset=utf-8", `<html>\n<head>\n<title>${BASE}/</title>\n</head>\n<body>\n${BASE}/\n<ul>\n${rows}\n</ul>\n</body>\n</html>\n`);
}

function durationMs({ query }: HttpExchange, initialMs: number): number {
  const seconds = Number(query.get("seconds") ?? 0);
  return seconds > 0 ? Math.min(seconds, SECONDS_MAX) * 1000 : initialMs;
}

async function cpu(exchange: HttpExchange): Promise<void> {
  const durationIs = durationMs(exchange, SECONDS * 1000);
  await inSession(exchange, "profile", async (session) => {
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
    const begun = Date.now();
    await pause(durationIs, exchange.signal);
    const { profile } = await session.post("Profiler.stop");
    return CpuProfile.toPprof(profile, begun);
  });
}

async function heap(exchange: HttpExchange): Promise<void> {
  const durationIs = durationMs(exchange, HEAP_MS);
  await inSession(exchange, "heap", async (session) => {
    await session.post("HeapProfiler.enable");
    await session.post("HeapProfiler.startSampling", { samplingInterval: HEAP_INTERVAL });
    const begun = Date.now();
    await pause(durationIs, exchange.signal);
    const { profile } = await session.post("HeapProfiler.stopSampling");
    return profileOf([profile.head as CallNode], {
      types: [["inuse_space", "bytes"]],
      valuesOf: (node) => [node.selfSize ?? 0],
      period: ["space", "bytes", HEAP_INTERVAL],
      begunMs: begun,
      durationMs: Date.now() - begun,
    });
  });
}

async function inSession({ response }: HttpExchange, name: string, profile: (session: Session) => Promise<Buffer>): Promise<void> {
  const session = new Session();
  session.connect();
  try {
    const bytes = gzipSync(await profile(session));
    response.setHeader("Content-Disposition", `attachment; filename="${name}"`);
    answer(response, "application/octet-stream", bytes);
  } finally {
    session.disconnect();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
