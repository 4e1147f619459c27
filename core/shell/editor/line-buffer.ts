/** The text being typed and the cursor in it. Pure: no terminal, no history. */
import { graphemes } from "./width.ts";

export class LineBuffer {
  private parts: string[] = [];
  private at = 0;
  /** what was cut last, for yank */
  private cut = "";

  get text(): string {
    return this.parts.join("");
  }
  get before(): string {
    return this.parts.slice(0, this.at).join("");
  }
  get after(): string {
    return this.parts.slice(this.at).join("");
  }
  get atEnd(): boolean {
    return this.at === this.parts.length;
  }
  get empty(): boolean {
    return this.parts.length === 0;
  }

  set(text: string, cursor: "end" | "start" = "end"): void {
    this.parts = graphemes(text);
    this.at = cursor === "end" ? this.parts.length : 0;
  }

  insert(text: string): void {
    const before = graphemes(this.before + text);
    this.parts = [...before, ...this.parts.slice(this.at)];
    this.at = before.length;
  }

  /** Takes away `count` characters before the cursor and puts `text` there. */
  replaceBefore(count: number, text: string): void {
    const start = Math.max(0, this.at - count);
    this.parts.splice(start, this.at - start);
    this.at = start;
    this.insert(text);
  }

  move(by: number): void {
    this.at = Math.min(this.parts.length, Math.max(0, this.at + by));
  }

  /** To the start or end of the line the cursor is in. */
  home(): void {
    while (this.at > 0 && this.parts[this.at - 1] !== "\n") this.at--;
  }
  end(): void {
    while (this.at < this.parts.length && this.parts[this.at] !== "\n") this.at++;
  }

  wordLeft(): void {
    this.at = this.wordStart(/[\p{L}\p{N}]/u);
  }
  wordRight(): void {
    this.at = this.wordEnd();
  }

  backspace(): void {
    if (this.at > 0) this.parts.splice(--this.at, 1);
  }
  delete(): void {
    this.parts.splice(this.at, 1);
  }

  killToEnd(): void {
    const from = this.at;
    this.end();
    // at the end of a line, the line break goes
    const to = this.at === from && from < this.parts.length ? from + 1 : this.at;
    this.at = from;
    this.cut = this.parts.splice(from, to - from).join("");
  }
  killToStart(): void {
    const to = this.at;
    this.home();
    this.cut = this.parts.splice(this.at, to - this.at).join("");
  }
  /** Back to the last blank, as Ctrl-W does. */
  killWordBack(): void {
    const to = this.at;
    this.at = this.wordStart(/\S/);
    this.cut = this.parts.splice(this.at, to - this.at).join("");
  }
  killWordForward(): void {
    const to = this.wordEnd();
    this.cut = this.parts.splice(this.at, to - this.at).join("");
  }
  yank(): void {
    this.insert(this.cut);
  }

  transpose(): void {
    if (this.at === 0 || this.parts.length < 2) return;
    if (this.at === this.parts.length) this.at--;
    const [a, b] = [this.parts[this.at - 1]!, this.parts[this.at]!];
    this.parts.splice(this.at - 1, 2, b, a);
    this.at++;
  }

  private wordStart(word: RegExp): number {
    let at = this.at;
    while (at > 0 && !word.test(this.parts[at - 1]!)) at--;
    while (at > 0 && word.test(this.parts[at - 1]!)) at--;
    return at;
  }
  private wordEnd(): number {
    const word = /[\p{L}\p{N}]/u;
    let at = this.at;
    while (at < this.parts.length && !word.test(this.parts[at]!)) at++;
    while (at < this.parts.length && word.test(this.parts[at]!)) at++;
    return at;
  }
}
