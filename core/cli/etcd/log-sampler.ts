/** zap's sampling as etcd sets it: of one message, the first hundred of a second are written, then each hundredth. */

const FIRST = 100;
const THEN = 100;
const SECOND_MS = 1000;
/** Messages counted apart; more than etcd has. Those beyond share one count. */
const MESSAGES_MAX = 4096;

interface Count {
  until: number;
  seen: number;
}

export class LogSampler {
  private readonly counts = new Map<string, Count>();

  admits(level: string, message: string, nowMs: number): boolean {
    const key = `${level} ${message}`;
    const known = this.counts.get(key);
    const count = known ?? this.begin(this.counts.size < MESSAGES_MAX ? key : "");
    if (nowMs >= count.until) {
      count.until = nowMs + SECOND_MS;
      count.seen = 0;
    }
    count.seen++;
    return count.seen <= FIRST || (count.seen - FIRST) % THEN === 0;
  }

  private begin(key: string): Count {
    const count = this.counts.get(key) ?? { until: 0, seen: 0 };
    this.counts.set(key, count);
    return count;
  }
}
