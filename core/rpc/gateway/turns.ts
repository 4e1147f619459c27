/**
 * At most so many calls at once, the others in the order in which they came. etcd's gateway is a gRPC client of its own member with
 * one connection, and waits like any client where --max-concurrent-streams lets it open no more streams.
 */
import { Code, StatusError } from "../../proto/errors.ts";

export class Turns {
  private running = 0;
  /** whoever waits, in order: a set, so that one who leaves is found at once */
  private readonly waiting = new Set<() => void>();

  constructor(private readonly most: number) {}

  /** Resolves when a call may begin; it must say when it has `ended`. @throws the signal's reason, if that comes first */
  begin(signal: AbortSignal): Promise<void> | undefined {
    if (signal.aborted) return Promise.reject(reasonOf(signal));
    if (this.running < this.most) {
      this.running++;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.waiting.delete(go);
        reject(reasonOf(signal));
      };
      this.waiting.add(go);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** A call is over: the one that has waited longest takes its place. */
  ended(): void {
    for (const go of this.waiting) {
      this.waiting.delete(go);
      go();
      return;
    }
    this.running--;
  }
}

function reasonOf(signal: AbortSignal): StatusError {
  const reason: unknown = signal.reason;
  return reason instanceof StatusError ? reason : new StatusError(Code.Canceled, "context canceled");
}
