/**
 * Step mode: what this member would send to others waits here until somebody lets it go, in whichever order, or drops it. Raft is
 * none the wiser: to it the network is slow. Letters are held as they left; they do not change while they wait.
 */
import type { Message } from "../proto/gen/raftpb.ts";
import type { MailRoom } from "../peer/transport.ts";
import type { LetterFate } from "../probe/records.ts";

/** Letters held at most; the oldest is dropped for the next, as by a peer's full buffer. */
const lettersMax = 512;

interface Letter {
  readonly message: Message;
  readonly deliver: () => void;
  readonly drop: () => void;
}

export class SteppedMailRoom implements MailRoom {
  private stepping = false;
  private readonly letters = new Map<number, Letter>();
  private nextId = 1;

  /** @param tell what became of a letter */
  constructor(private readonly tell: (id: number, fate: LetterFate, message: Message) => void) {}

  /** Off: everything that waits goes, in the order in which it came. */
  setStepping(on: boolean): void {
    this.stepping = on;
    if (!on) this.settle([...this.letters.keys()], "delivered");
  }

  hold(message: Message, deliver: () => void, drop: () => void): boolean {
    if (!this.stepping) return false;
    const [oldest] = this.letters.keys();
    if (oldest !== undefined && this.letters.size >= lettersMax) this.settle([oldest], "dropped");
    const id = this.nextId++;
    this.letters.set(id, { message, deliver, drop });
    this.tell(id, "waiting", message);
    return true;
  }

  /** In the order given; one that is no longer here is passed over: it may have gone meanwhile. */
  settle(ids: readonly number[], fate: Exclude<LetterFate, "waiting">): void {
    for (const id of ids) {
      const letter = this.letters.get(id);
      if (letter === undefined) continue;
      this.letters.delete(id);
      this.tell(id, fate, letter.message);
      if (fate === "delivered") letter.deliver();
      else letter.drop();
    }
  }
}
