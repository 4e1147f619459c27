/**
 * Ports on loopback for processes that are started a moment later. They lie below what the system gives to outgoing connections
 * (32768 and up on Linux) and below the fixed ones of etcd's own suites (20000 and up), and a claim on each is held until this
 * process ends, so that test files side by side never get the same one.
 */
import { once } from "node:events";
import { type Server, createServer } from "node:net";

const FIRST = 10_000;
const COUNT = 9000;

/** Held until the end: a name in Linux's abstract name space goes away with its process. */
const claims: Server[] = [];
/** Where this process looks next: processes begin at different places. */
let next = (process.pid * 64) % COUNT;

export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let tries = 0; found.length < count; tries++) {
    if (tries > COUNT) throw new Error(`no ${count} free ports from ${FIRST} to ${FIRST + COUNT - 1}`);
    const port = FIRST + next;
    next = (next + 1) % COUNT;
    if ((await claimed(port)) && (await bindable(port))) found.push(port);
  }
  return found;
}

export async function freePort(): Promise<number> {
  return (await freePorts(1))[0]!;
}

async function claimed(port: number): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const claim = createServer();
  if (!(await listens(claim, `\0quorum-lab-test-port-${port}`))) return false;
  claim.unref();
  claims.push(claim);
  return true;
}

async function bindable(port: number): Promise<boolean> {
  const server = createServer();
  if (!(await listens(server, { port, host: "127.0.0.1", exclusive: true }))) return false;
  server.close();
  await once(server, "close");
  return true;
}

function listens(server: Server, where: string | { port: number; host: string; exclusive: boolean }): Promise<boolean> {
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(where, () => resolve(true));
  });
}
