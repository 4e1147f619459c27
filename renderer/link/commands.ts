/** Commands with answers: numbered, matched, ended when the connection ends or nothing comes. */
import type { CommandName, Commands, HostFrame, HostLink } from "../../core/lab/contract/protocol.ts";
import { text } from "../text.ts";

const TIMEOUT_MS = 30_000;
/** What copies, packs and unpacks whole labs, or waits for members to end. */
const LONG_MS = 30 * 60_000;
const LONG: ReadonlySet<CommandName> = new Set<CommandName>(["labs.list", "labs.clone", "labs.save", "labs.import", "labs.delete", "labs.open", "labs.stop"]);

class CommandFailed extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "CommandFailed";
    this.code = code;
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: CommandFailed) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class CommandChannel {
  readonly #link: HostLink;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #connected = false;

  constructor(link: HostLink) {
    this.#link = link;
    link.onFrame((frame) => {
      if (frame.type === "reply") this.#settle(frame);
    });
    link.onConnection((connected) => {
      this.#connected = connected;
      if (!connected) this.#dropAll();
    });
  }

  /** @throws CommandFailed with the host's code, "disconnected" or "timeout" */
  call<K extends CommandName>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["reply"]> {
    if (!this.#connected) return Promise.reject(new CommandFailed("disconnected", text.errors.disconnected));
    const id = this.#next;
    this.#next += 1;
    return new Promise<Commands[K]["reply"]>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new CommandFailed("timeout", text.errors.timeout));
      }, LONG.has(name) ? LONG_MS : TIMEOUT_MS);
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      this.#link.send({ type: "command", id, name, args });
    });
  }

  #settle(frame: Extract<HostFrame, { type: "reply" }>): void {
    const waiting = this.#waiting.get(frame.id);
    if (waiting === undefined) return;
    this.#waiting.delete(frame.id);
    clearTimeout(waiting.timer);
    if (frame.ok) waiting.resolve(frame.value);
    else waiting.reject(new CommandFailed(frame.error.code, frame.error.message));
  }

  #dropAll(): void {
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(new CommandFailed("disconnected", text.errors.disconnected));
    }
    this.#waiting.clear();
  }
}
