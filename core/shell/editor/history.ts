/** Commands typed before, with a walk through them and a search. */

const ENTRIES_MAX = 1000;
const ENTRY_CHARS_MAX = 16 * 1024;

export class History {
  private entries: string[] = [];
  /** the place of the walk; entries.length is the line being typed */
  private at = 0;
  private typed = "";

  /** Empty lines, repetitions and lines that begin with a blank are not kept. */
  add(line: string): void {
    if (line.trim() !== "" && !line.startsWith(" ") && line !== this.entries.at(-1) && line.length <= ENTRY_CHARS_MAX) {
      this.entries.push(line);
      if (this.entries.length > ENTRIES_MAX) this.entries.shift();
    }
    this.rest();
  }

  list(): readonly string[] {
    return this.entries;
  }
  clear(): void {
    this.entries = [];
    this.rest();
  }

  /** The walk begins anew at the next step. */
  rest(): void {
    this.at = this.entries.length;
    this.typed = "";
  }

  /** @param current what stands in the line now; comes back at the end of the walk */
  older(current: string): string | undefined {
    if (this.at === 0) return undefined;
    if (this.at === this.entries.length) this.typed = current;
    return this.entries[--this.at];
  }
  newer(): string | undefined {
    if (this.at >= this.entries.length) return undefined;
    this.at++;
    return this.at === this.entries.length ? this.typed : this.entries[this.at];
  }

  /** The newest entry before place `from` that contains `text`. */
  search(text: string, from = this.entries.length): { readonly line: string; readonly place: number } | undefined {
    for (let place = Math.min(from, this.entries.length) - 1; place >= 0; place--) {
      if (this.entries[place]!.includes(text)) return { line: this.entries[place]!, place };
    }
    return undefined;
  }
}
