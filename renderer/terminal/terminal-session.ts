/**
 * One host's terminal in this window: an xterm that outlives its pane, joined to a shell at the host. After a reload or a
 * lost connection it goes back to the same shell where that still runs, and says so where it does not.
 */
import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { Terminal } from "@xterm/xterm";
import type { IBufferCell, ILink } from "@xterm/xterm";
import type { LabStore } from "../state/lab.svelte.ts";
import { text } from "../text.ts";
import type { LinkDesk } from "./link-desk.ts";
import { linksIn } from "./links-in-line.ts";
import type { NamedThing } from "./links-in-line.ts";
import { monospace, resolveColour, xtermTheme } from "./xterm-theme.ts";

const DIM = "\x1b[90m";
const OFF = "\x1b[0m";
const EARLY_BYTES_MAX = 262_144;
const TYPED_MAX = 4096;

export interface SessionKeys {
  /** true: the key is the window's, not the shell's */
  claims(event: KeyboardEvent): boolean;
}

export class TerminalSession {
  readonly host: string;
  readonly element: HTMLDivElement;
  readonly #xterm: Terminal;
  readonly #fit = new FitAddon();
  readonly #search = new SearchAddon();
  readonly #lab: LabStore;
  readonly #links: LinkDesk;
  #id = "";
  #state: "closed" | "opening" | "open" = "closed";
  #opened = false;
  /** typed before the shell was there */
  #typed = "";
  /** output that came while the answer to open or attach was under way, by terminal */
  #early = new Map<string, string>();

  constructor(lab: LabStore, host: string, fontSize: number, keys: SessionKeys, links: LinkDesk) {
    this.#lab = lab;
    this.#links = links;
    this.host = host;
    this.element = document.createElement("div");
    this.element.className = "xterm-home";
    this.#xterm = new Terminal({
      allowProposedApi: true,
      cursorBlink: false,
      cursorInactiveStyle: "outline",
      fontFamily: monospace(),
      fontSize,
      lineHeight: 1.3,
      scrollback: 5000,
      overviewRuler: { width: 8 },
      theme: xtermTheme(),
      minimumContrastRatio: 1,
      screenReaderMode: true,
    });
    this.#xterm.loadAddon(this.#fit);
    this.#xterm.loadAddon(this.#search);
    this.#xterm.loadAddon(new Unicode11Addon());
    this.#xterm.unicode.activeVersion = "11";
    this.#xterm.registerLinkProvider({ provideLinks: (row, answer) => answer(this.#linksOn(row)) });
    this.#xterm.onData((data) => this.#input(data));
    this.#xterm.onResize(({ cols, rows }) => {
      if (this.#state === "open") this.#tell("terminal.resize", { id: this.#id, columns: cols, rows });
    });
    this.#xterm.attachCustomKeyEventHandler((event) => this.#mayHave(event, keys));
  }

  /** Puts the terminal into a pane; returns the way out. */
  mount(pane: HTMLElement): () => void {
    pane.append(this.element);
    if (!this.#opened) {
      this.#xterm.open(this.element);
      this.#xterm.textarea?.setAttribute("aria-label", text.terminal.pane(this.host));
      this.#xterm.textarea?.setAttribute("data-testid", `terminal-input-${this.host}`);
      this.#opened = true;
    }
    const observer = new ResizeObserver(() => this.fit());
    observer.observe(pane);
    this.fit();
    if (this.#state === "closed") void this.connect();
    return () => {
      observer.disconnect();
      this.element.remove();
    };
  }

  fit(): void {
    if (this.element.isConnected && this.element.clientHeight > 20) this.#fit.fit();
  }

  focus(): void {
    this.#xterm.focus();
  }

  /** As if it had been typed, without the Enter. */
  propose(line: string): void {
    const words = line.replace(/[\r\n]+/g, " ");
    if (this.#state === "open") this.#input(words);
    else {
      // a shell that is still to come gets it as its first input
      this.#typed = (this.#typed + words).slice(0, TYPED_MAX);
      if (this.#state === "closed") void this.connect();
    }
  }

  restyle(fontSize: number): void {
    this.#xterm.options.theme = xtermTheme();
    this.#xterm.options.fontSize = fontSize;
    this.fit();
  }

  /** To the shell that the lab has for this host, else to a new one. Called at first show and after every snapshot. */
  async connect(): Promise<void> {
    if (this.#state === "opening") return;
    if (!this.#lab.online) {
      this.#note(text.terminal.offline);
      return;
    }
    const before = this.#id;
    const known = this.#lab.present?.terminals.filter((terminal) => terminal.host === this.host) ?? [];
    const wanted = known.find((terminal) => terminal.id === before) ?? known.at(-1);
    this.#state = "opening";
    this.#early = new Map();
    const size = { columns: Math.max(2, this.#xterm.cols), rows: Math.max(1, this.#xterm.rows) };
    try {
      if (wanted === undefined || !(await this.#attach(wanted.id, size))) {
        if (before !== "") this.#note(text.terminal.fresh);
        const { id } = await this.#lab.call("terminal.open", { host: this.host, ...size });
        this.#begin(id, "");
      }
    } catch (error) {
      this.#state = "closed";
      this.#note(text.terminal.failed(error instanceof Error ? `${error.message}.` : ""));
    }
  }

  async #attach(id: string, size: { columns: number; rows: number }): Promise<boolean> {
    try {
      const { replay } = await this.#lab.call("terminal.attach", { id, ...size });
      this.#early.delete(id);
      this.#xterm.reset();
      this.#begin(id, replay);
      return true;
    } catch {
      // It ended in between: a new one is opened instead, and says so.
      return false;
    }
  }

  #begin(id: string, replay: string): void {
    this.#id = id;
    this.#state = "open";
    this.#xterm.write(replay + (this.#early.get(id) ?? ""));
    this.#early = new Map();
    const typed = this.#typed;
    this.#typed = "";
    if (typed !== "") this.#input(typed);
  }

  /** Output of any terminal; kept when it may turn out to be ours. */
  output(id: string, data: string): void {
    if (this.#state === "open") {
      if (id === this.#id) this.#xterm.write(data);
    } else if (this.#state === "opening") {
      this.#early.set(id, ((this.#early.get(id) ?? "") + data).slice(-EARLY_BYTES_MAX));
    }
  }

  closed(id: string, code: number): void {
    if (id !== this.#id || this.#state !== "open") return;
    this.#state = "closed";
    this.#id = "";
    this.#note(text.terminal.ended(code));
  }

  lost(): void {
    if (this.#state !== "closed") this.#state = "closed";
  }

  find(term: string, backwards: boolean): void {
    const decorations = { matchOverviewRuler: resolveColour("--accent"), activeMatchColorOverviewRuler: resolveColour("--accent") };
    if (backwards) this.#search.findPrevious(term, { decorations });
    else this.#search.findNext(term, { decorations });
  }

  endFind(): void {
    this.#search.clearDecorations();
    this.focus();
  }

  /** What the lines in sight name, each once, the newest last. */
  named(): readonly NamedThing[] {
    const { viewportY } = this.#xterm.buffer.active;
    const things = new Map<string, NamedThing>();
    for (let y = viewportY; y < viewportY + this.#xterm.rows; y += 1) {
      const line = this.#lineFrom(y);
      // what began further up was looked at there
      if (y > viewportY && this.#xterm.buffer.active.getLine(y)?.isWrapped === true) continue;
      for (const thing of linksIn(line.text, this.#links)) {
        things.delete(`${thing.kind} ${thing.value}`);
        things.set(`${thing.kind} ${thing.value}`, thing);
      }
    }
    return [...things.values()];
  }

  /** @param row counts from 1, as xterm asks */
  #linksOn(row: number): ILink[] {
    const { text: line, cells } = this.#lineFrom(row - 1);
    const links: ILink[] = [];
    for (const thing of linksIn(line, this.#links)) {
      const [first, last] = [cells[thing.start], cells[thing.end - 1]];
      if (first === undefined || last === undefined || first.y > row || last.y < row) continue;
      links.push({ range: { start: { x: first.x, y: first.y }, end: { x: last.x + last.width - 1, y: last.y } }, text: thing.value, activate: () => this.#links.follow(thing) });
    }
    return links;
  }

  /** The whole line that the buffer's row belongs to, however it is wrapped, and for each of its characters where it stands (from 1). */
  #lineFrom(row: number): { readonly text: string; readonly cells: readonly { readonly x: number; readonly y: number; readonly width: number }[] } {
    const buffer = this.#xterm.buffer.active;
    let y = row;
    while (y > 0 && buffer.getLine(y)?.isWrapped === true) y -= 1;
    let line = "";
    const cells: { x: number; y: number; width: number }[] = [];
    let cell: IBufferCell | undefined;
    do {
      const here = buffer.getLine(y);
      for (let x = 0; here !== undefined && x < here.length; x += 1) {
        cell = here.getCell(x, cell);
        if (cell === undefined || cell.getWidth() === 0) continue;
        const characters = cell.getChars() || " ";
        line += characters;
        for (let unit = 0; unit < characters.length; unit += 1) cells.push({ x: x + 1, y: y + 1, width: cell.getWidth() });
      }
      y += 1;
    } while (buffer.getLine(y)?.isWrapped === true);
    return { text: line, cells };
  }

  dispose(): void {
    this.#xterm.dispose();
    this.element.remove();
  }

  #input(data: string): void {
    if (this.#state === "open") this.#tell("terminal.input", { id: this.#id, data });
    else if (this.#state === "opening") this.#typed = (this.#typed + data).slice(0, TYPED_MAX);
    else if (data.includes("\r")) void this.connect();
  }

  #tell(...[name, args]: ["terminal.input", { id: string; data: string }] | ["terminal.resize", { id: string; columns: number; rows: number }]): void {
    this.#lab.call(name, args).catch(() => {
      // The shell or the connection is gone; the closed or the connection event tells the reader.
      return undefined;
    });
  }

  #note(words: string): void {
    this.#xterm.write(`\r\n${DIM}${words}${OFF}\r\n`);
  }

  /** Copy and paste as terminals have them; everything the window claims goes past the shell. */
  #mayHave(event: KeyboardEvent, keys: SessionKeys): boolean {
    if (keys.claims(event)) return false;
    if (event.type !== "keydown") return true;
    const modifier = event.ctrlKey || event.metaKey;
    if (modifier && event.code === "KeyC" && (event.shiftKey || event.metaKey || this.#xterm.hasSelection())) {
      if (this.#xterm.hasSelection()) {
        void navigator.clipboard.writeText(this.#xterm.getSelection());
        if (!event.shiftKey) this.#xterm.clearSelection();
      }
      event.preventDefault();
      return false;
    }
    // The browser's own paste reaches xterm as a paste event.
    if (modifier && event.code === "KeyV" && (event.shiftKey || event.metaKey)) return false;
    return true;
  }
}
