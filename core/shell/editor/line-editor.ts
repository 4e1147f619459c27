/**
 * Reads one command at a terminal: keys in, ANSI out. Draws the prompt and the text, over as many rows as they need, and
 * knows history, search and completion.
 */
import type { History } from "./history.ts";
import type { Key } from "./keys.ts";
import { LineBuffer } from "./line-buffer.ts";
import { type Cell, graphemes, place, textWidth } from "./width.ts";

export interface Completion {
  /** characters before the cursor that a candidate replaces */
  readonly replaced: number;
  /** words that may stand there; a candidate that is whole ends in a blank or a slash */
  readonly candidates: readonly string[];
}

export interface EditorHooks {
  readonly columns: () => number;
  write(ansi: string): void;
  /** a line break was typed: either it is a whole command, which is taken, or the typing goes on in the next row */
  isWhole(text: string): boolean;
  complete(before: string): Promise<Completion>;
}

export type Outcome = { readonly type: "line"; readonly text: string } | { readonly type: "interrupt" } | { readonly type: "end" };

const CONTINUATION = "> ";
const CANDIDATES_SHOWN = 200;
const HISTORY_PROMPT = "(reverse-i-search)";

export class LineEditor {
  private readonly buffer = new LineBuffer();
  private prompt = "";
  /** where the cursor is, counted from the start of the prompt */
  private cursor: Cell = { row: 0, column: 0 };
  private search: { text: string; place: number; failed: boolean } | undefined;
  private tabs = 0;
  /** a completion is under way; keys wait for it */
  private busy: Promise<void> = Promise.resolve();

  constructor(
    private readonly hooks: EditorHooks,
    private readonly history: History,
  ) {}

  /** Begins a new line. @param prompt without colours; `drawn` is how it is written */
  begin(prompt: string): void {
    this.prompt = prompt;
    this.buffer.set("");
    this.search = undefined;
    this.history.rest();
    this.cursor = { row: 0, column: 0 };
    this.draw();
  }

  /** Draws prompt and text anew below what others have written. */
  redraw(): void {
    this.cursor = { row: 0, column: 0 };
    this.draw();
  }

  /** Wipes prompt and text, for something to be written in their place. */
  wipe(): void {
    this.hooks.write(this.toStart());
    this.cursor = { row: 0, column: 0 };
  }

  get text(): string {
    return this.buffer.text;
  }

  /** The width has changed: the terminal has moved the rows by itself, so everything is drawn anew. */
  resized(): void {
    this.draw();
  }

  /** Takes one key; an outcome ends the line. */
  async press(key: Key): Promise<Outcome | undefined> {
    await this.busy;
    if (this.search !== undefined && this.searching(key)) return undefined;
    if (!(key.type === "key" && key.name === "tab")) this.tabs = 0;
    if (key.type === "text") {
      this.type(key.text);
      return undefined;
    }
    if (key.type === "paste") {
      // the last line break of a paste is not Enter: one looks first, then presses it
      this.type(key.text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, ""));
      return undefined;
    }
    return this.act(key.name);
  }

  private act(name: Extract<Key, { type: "key" }>["name"]): Promise<Outcome | undefined> | Outcome | undefined {
    const { buffer } = this;
    switch (name) {
      case "enter":
        return this.enter();
      case "interrupt":
        this.leaveLine("^C");
        return { type: "interrupt" };
      case "end-of-input":
        if (!buffer.empty) break;
        return { type: "end" };
      case "tab":
        this.busy = this.completeNow().catch(() => this.bell());
        return this.busy.then(() => undefined);
      case "clear":
        this.hooks.write("\x1b[H\x1b[2J");
        this.redraw();
        return undefined;
      case "up":
      case "down": {
        const line = name === "up" ? this.history.older(buffer.text) : this.history.newer();
        if (line === undefined) this.bell();
        else buffer.set(line);
        this.draw();
        return undefined;
      }
      case "search":
        this.search = { text: "", place: this.history.list().length, failed: false };
        this.draw();
        return undefined;
      case "insert-last-word": {
        const word = this.history.list().at(-1)?.split(/\s+/).at(-1);
        if (word !== undefined) this.type(word);
        return undefined;
      }
      default:
    }
    this.edit(name);
    this.draw();
    return undefined;
  }

  private edit(name: Extract<Key, { type: "key" }>["name"]): void {
    const { buffer } = this;
    switch (name) {
      case "left":
        return buffer.move(-1);
      case "right":
        return buffer.move(1);
      case "home":
        return buffer.home();
      case "end":
        return buffer.end();
      case "word-left":
        return buffer.wordLeft();
      case "word-right":
        return buffer.wordRight();
      case "backspace":
        return buffer.backspace();
      case "delete":
      case "end-of-input":
        return buffer.delete();
      case "kill-to-end":
        return buffer.killToEnd();
      case "kill-to-start":
        return buffer.killToStart();
      case "kill-word-back":
        return buffer.killWordBack();
      case "kill-word-forward":
        return buffer.killWordForward();
      case "yank":
        return buffer.yank();
      case "transpose":
        return buffer.transpose();
      default:
    }
  }

  private enter(): Outcome | undefined {
    const { text } = this.buffer;
    if (!this.hooks.isWhole(text)) {
      this.buffer.set(text);
      this.type("\n");
      return undefined;
    }
    this.leaveLine("");
    this.history.add(text);
    return { type: "line", text };
  }

  /** The cursor goes below what was typed. */
  private leaveLine(mark: string): void {
    this.search = undefined;
    this.buffer.set(this.buffer.text);
    this.draw();
    this.hooks.write(`${mark}\r\n`);
    this.cursor = { row: 0, column: 0 };
  }

  private type(text: string): void {
    const simple = this.buffer.atEnd && !text.includes("\n") && this.cursor.column + textWidth(text) < this.hooks.columns();
    this.buffer.insert(text);
    if (simple) {
      this.hooks.write(text);
      this.cursor = { row: this.cursor.row, column: this.cursor.column + textWidth(text) };
    } else this.draw();
  }

  /** Keys of a search; false when the key ends it and is to be taken as usual. */
  private searching(key: Key): boolean {
    const search = this.search!;
    if (key.type === "text") this.find(search.text + key.text, this.history.list().length);
    else if (key.type === "key" && key.name === "search") this.find(search.text, search.place);
    else if (key.type === "key" && key.name === "backspace") this.find(graphemes(search.text).slice(0, -1).join(""), this.history.list().length);
    else if (key.type === "key" && (key.name === "cancel" || key.name === "interrupt")) {
      this.search = undefined;
      this.buffer.set("");
    } else {
      this.search = undefined;
      this.draw();
      return key.type === "key" && key.name === "escape";
    }
    this.draw();
    return true;
  }

  private find(text: string, from: number): void {
    const found = text === "" ? undefined : this.history.search(text, from);
    if (found !== undefined) this.buffer.set(found.line);
    this.search = { text, place: found?.place ?? from, failed: found === undefined && text !== "" };
  }

  private async completeNow(): Promise<void> {
    this.tabs++;
    const { replaced, candidates } = await this.hooks.complete(this.buffer.before);
    if (candidates.length === 0) {
      this.bell();
      return;
    }
    const typed = graphemes(this.buffer.before).slice(-replaced || undefined).join("");
    const shared = candidates.length === 1 ? candidates[0]! : commonStart(candidates).trimEnd();
    if (candidates.length === 1 || (shared.length > typed.length && replaced > 0) || (replaced === 0 && shared !== "")) {
      this.buffer.replaceBefore(replaced, shared);
      this.draw();
      if (candidates.length === 1) this.tabs = 0;
      return;
    }
    if (this.tabs < 2) {
      this.bell();
      return;
    }
    this.showCandidates(candidates);
  }

  private showCandidates(candidates: readonly string[]): void {
    const shown = candidates.slice(0, CANDIDATES_SHOWN).map((candidate) => candidate.trimEnd());
    const more = candidates.length - shown.length;
    const width = Math.max(...shown.map(textWidth)) + 2;
    const perRow = Math.max(1, Math.floor(this.hooks.columns() / width));
    const rows = Math.ceil(shown.length / perRow);
    let text = this.toEnd() + "\r\n";
    for (let row = 0; row < rows; row++) {
      for (let at = row; at < shown.length; at += rows) text += shown[at]! + " ".repeat(at + rows < shown.length ? width - textWidth(shown[at]!) : 0);
      text += "\r\n";
    }
    if (more > 0) text += `... and ${more} more\r\n`;
    this.hooks.write(text);
    this.redraw();
  }

  private bell(): void {
    this.hooks.write("\x07");
  }

  private get shownPrompt(): string {
    if (this.search === undefined) return this.prompt;
    return `${this.search.failed ? "(failed reverse-i-search)" : HISTORY_PROMPT}\`${this.search.text}': `;
  }

  /** Text with the continuation prompt at the start of each further line. */
  private laid(text: string): string {
    return text.replaceAll("\n", `\n${CONTINUATION}`);
  }

  private draw(): void {
    const columns = this.hooks.columns();
    const prompt = this.shownPrompt;
    const body = this.laid(this.buffer.text);
    const start = place(prompt, columns);
    const end = place(body, columns, start);
    const at = place(this.laid(this.buffer.before), columns, start);
    let ansi = this.toStart() + prompt + body.replaceAll("\n", "\r\n");
    // a text that ends in the last cell leaves the cursor there; the next row is made by hand
    if (end.column === 0 && end.row > 0 && !body.endsWith("\n")) ansi += "\r\n";
    if (end.row > at.row) ansi += `\x1b[${end.row - at.row}A`;
    ansi += "\r" + (at.column > 0 ? `\x1b[${at.column}C` : "");
    this.hooks.write(ansi);
    this.cursor = at;
  }

  private toStart(): string {
    return (this.cursor.row > 0 ? `\x1b[${this.cursor.row}A` : "") + "\r\x1b[J";
  }

  private toEnd(): string {
    const columns = this.hooks.columns();
    const end = place(this.laid(this.buffer.text), columns, place(this.shownPrompt, columns));
    return end.row > this.cursor.row ? `\x1b[${end.row - this.cursor.row}B` : "";
  }
}

function commonStart(words: readonly string[]): string {
  let start = words[0] ?? "";
  for (const word of words) while (!word.startsWith(start)) start = start.slice(0, -1);
  return start;
}
