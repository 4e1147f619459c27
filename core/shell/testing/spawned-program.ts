/** A Program that is a separate executable, such as a real etcdctl: for tests against it. Its paths and endpoints are mapped. */
import { spawn } from "node:child_process";
import type { Program } from "../../cli/program.ts";

export function spawnedProgram(executable: string, pathAfter: ReadonlySet<string>): Program {
  return async (io) => {
    const book = (url: string): string => {
      const full = url.includes("://") ? url : `http://${url}`;
      const { hostname, port } = new URL(full);
      const real = io.addressBook.resolve({ host: hostname, port: Number(port || "80") });
      return `http://${real.host}:${real.port}`;
    };
    const argv = [...io.argv];
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(io.env)) if (value !== undefined) env[name] = value;
    const at = argv.findIndex((word) => word === "--endpoints" || word.startsWith("--endpoints="));
    if (at < 0) env.ETCDCTL_ENDPOINTS = (env.ETCDCTL_ENDPOINTS ?? "127.0.0.1:2379").split(",").map(book).join(",");
    else if (argv[at] === "--endpoints") argv[at + 1] = argv[at + 1]!.split(",").map(book).join(",");
    else argv[at] = `--endpoints=${argv[at]!.slice("--endpoints=".length).split(",").map(book).join(",")}`;
    for (let index = 1; index < argv.length; index++) if (pathAfter.has(argv[index - 1]!)) argv[index] = io.path(argv[index]!);
    const child = spawn(executable, argv, { env, cwd: io.path("."), stdio: ["pipe", "pipe", "pipe"] });
    child.stdout.on("data", (data: Buffer) => io.stdout.write(data));
    child.stderr.on("data", (data: Buffer) => io.stderr.write(data));
    const onAbort = (): void => void child.kill(io.signal.reason === "SIGTERM" ? "SIGTERM" : "SIGINT");
    io.signal.addEventListener("abort", onAbort, { once: true });
    child.stdin.on("error", () => undefined);
    const feeding = (async () => {
      for await (const chunk of io.stdin) child.stdin.write(chunk);
      child.stdin.end();
    })();
    const code = await new Promise<number>((resolve) => child.on("close", (status) => resolve(status ?? 130)));
    io.signal.removeEventListener("abort", onAbort);
    void feeding.catch(() => undefined);
    return code;
  };
}
