/**
 * Step mode as the lab sees it: what waits at each member, in the order in which it was written, until somebody lets it go or drops
 * it. The letters lie with the members; here is what they told of them.
 */
import type { LabWord } from "../probe/channel.ts";
import type { LetterRecord } from "../probe/records.ts";
import { CommandError } from "./contract/host.ts";
import type { MailView, WaitingLetter } from "./contract/state.ts";

/** The names that letters have in the lab: host/number. */
function idOf(host: string, letter: number): string {
  return `${host}/${letter}`;
}

export interface MailOptions {
  readonly hosts: readonly string[];
  /** to the member of a host, if it listens */
  readonly send: (host: string, word: LabWord) => void;
  readonly onChange: (mail: MailView) => void;
}

export class Mail {
  private stepping = false;
  private readonly letters = new Map<string, WaitingLetter>();

  constructor(private readonly options: MailOptions) {}

  view(): MailView {
    return { stepping: this.stepping, letters: [...this.letters.values()] };
  }

  /** On: raft's clocks stand still everywhere, and messages wait. Off: all that waits goes. */
  step(on: boolean): void {
    this.stepping = on;
    for (const host of this.options.hosts) this.brief(host);
    this.changed();
  }

  /** A member that has just come is told how things are; what it had written in an earlier life is lost. */
  brief(host: string): void {
    this.options.send(host, { type: "step", on: this.stepping });
  }

  /** A member told of a letter. */
  accept(host: string, record: LetterRecord): void {
    const { letter, fate, at, type, to, term, logTerm, index, entries, entryCount, commit, reject } = record;
    const id = idOf(host, letter);
    if (fate === "waiting") this.letters.set(id, { id, at, from: host, to, type, term, logTerm, index, entries, entryCount, commit, reject });
    else this.letters.delete(id);
    this.changed();
  }

  /** Its process ended: what lay there is gone. */
  lost(host: string): void {
    for (const letter of [...this.letters.values()]) if (letter.from === host) this.letters.delete(letter.id);
    this.changed();
  }

  /** Lets letters go, or drops them, one after the other in the order given. @throws CommandError for one that does not wait */
  settle(ids: readonly string[], fate: "delivered" | "dropped"): void {
    const wanted = ids.map((id) => this.letters.get(id) ?? unknown(id));
    for (const { id, from } of wanted) this.options.send(from, { type: "letters", letters: [Number(id.slice(from.length + 1))], fate });
  }

  /** Raft's clock goes on by so many ticks, at one member or ("") at all. */
  ticks(host: string, count: number | "timer"): void {
    if (!this.stepping) throw new CommandError("failed", "raft's clock runs by itself: step mode is off");
    for (const one of host === "" ? this.options.hosts : [host]) this.options.send(one, { type: "ticks", count });
  }

  private changed(): void {
    this.options.onChange(this.view());
  }
}

function unknown(id: string): never {
  throw new CommandError("failed", `no message ${id} waits`);
}
