/** Runs dist/bin/quorum-lab for tests. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const bin = join(import.meta.dirname, "../../dist/bin");

/** What is not built; a suite that needs it is skipped with this in its name. */
export const missing = ["quorum-lab", "etcd", "etcdctl", "etcdutl"].filter((name) => !existsSync(join(bin, name)));
export const needs = missing.length === 0 ? "" : ` (skipped: dist/bin/${missing.join(", dist/bin/")} not built; npm run build)`;

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function start(args: readonly string[]) {
  const child = spawn(process.execPath, [join(bin, "quorum-lab"), ...args], { stdio: ["pipe", "pipe", "pipe"] });
  const text = { out: "", err: "" };
  child.stdout.on("data", (data: Buffer) => (text.out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (text.err += data.toString()));
  const finished = new Promise<Finished>((resolve) => child.on("close", (code) => resolve({ code, ...text })));
  return { child, text, finished };
}

export function sh(script: string, ...options: string[]): Promise<Finished> {
  const { child, finished } = start(["sh", ...options, "-"]);
  child.stdin.end(script);
  return finished;
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
