/** bcrypt in a thread of its own, started with the first password and stopped with the member. */
import { randomBytes } from "node:crypto";
import { Worker } from "node:worker_threads";
import { formatBcrypt, keyOf, keyOfNew, parseBcrypt, saltBytes, sameDigest } from "../auth/bcrypt/bcrypt.ts";
import { bcryptEngine } from "../auth/bcrypt/engine.ts";
import type { Passwords } from "../auth/passwords.ts";
import { EtcdError } from "../proto/errors.ts";

/** Passwords that wait for the thread; at the default cost it does some fifteen a second. */
const waitingMax = 1000;

/** The engine brings no imports, so its text is the whole program. */
const program = `
const engine = (${bcryptEngine.toString()})();
const { parentPort } = require("node:worker_threads");
parentPort.on("message", ({ id, password, salt, cost }) => parentPort.postMessage({ id, digest: engine(password, salt, cost) }));
`;

interface Waiting {
  readonly resolve: (digest: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

export class PasswordWorker implements Passwords {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;
  private closed = false;

  async hash(password: string, cost: number): Promise<Buffer> {
    const key = keyOfNew(Buffer.from(password));
    const salt = randomBytes(saltBytes);
    return formatBcrypt(cost, salt, await this.digest(key, salt, cost));
  }

  async matches(hash: Buffer, password: string): Promise<boolean> {
    const parsed = parseBcrypt(hash);
    if (parsed === undefined) return false;
    return sameDigest(parsed, await this.digest(keyOf(Buffer.from(password)), parsed.salt, parsed.cost));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.fail(new EtcdError("Stopped"));
    await this.worker?.terminate();
  }

  private digest(password: Buffer, salt: Buffer, cost: number): Promise<Uint8Array> {
    if (this.closed) return Promise.reject(new EtcdError("Stopped"));
    if (this.waiting.size >= waitingMax) return Promise.reject(new EtcdError("TooManyRequests"));
    const worker = (this.worker ??= this.start());
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, password: Uint8Array.from(password), salt: Uint8Array.from(salt), cost });
    });
  }

  private start(): Worker {
    const worker = new Worker(program, { eval: true, name: "bcrypt" });
    worker.on("message", ({ id, digest }: { readonly id: number; readonly digest: Uint8Array }) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      // an idle thread keeps no process alive
      if (this.waiting.size === 0) worker.unref();
      waiting?.resolve(digest);
    });
    worker.on("error", (error) => {
      this.worker = undefined;
      this.fail(error);
    });
    return worker;
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
