/** Which windows look at what: the lab watches closely only what somebody looks at. */
import type { LookTopic } from "./contract/watching.ts";

/** Windows that can look at once; more are not counted. */
const VIEWERS_MAX = 64;

export class Lookouts {
  private readonly viewers = new Map<string, Set<string>>();

  /** @param onTurn told when the first begins and when the last ends to look. `host` is "" where the topic has none */
  constructor(private readonly onTurn: (topic: LookTopic, host: string, on: boolean) => void) {}

  set(viewer: string, topic: LookTopic, host: string, on: boolean): void {
    const name = `${topic} ${host}`;
    const before = this.viewers.get(name) ?? new Set();
    const had = before.size > 0;
    if (on && before.size < VIEWERS_MAX) before.add(viewer);
    else if (!on) before.delete(viewer);
    if (before.size > 0) this.viewers.set(name, before);
    else this.viewers.delete(name);
    if (had !== before.size > 0) this.onTurn(topic, host, !had);
  }

  isLooking(topic: LookTopic, host = ""): boolean {
    return this.viewers.has(`${topic} ${host}`);
  }

  /** No window is there any more: whoever did not say that it ended has ended. */
  clear(): void {
    for (const name of [...this.viewers.keys()]) {
      this.viewers.delete(name);
      const [topic, host] = name.split(" ") as [LookTopic, string];
      this.onTurn(topic, host, false);
    }
  }
}
