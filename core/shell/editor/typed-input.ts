/**
 * What a running program reads at a terminal: lines, echoed as they are typed, with backspace and Ctrl-U, handed over at
 * Enter; Ctrl-D at the start of a line ends the input.
 */
import type { ShellInput } from "../terminal.ts";
import type { Key } from "./keys.ts";
import { cellWidth, graphemes } from "./width.ts";

const WAITING_BYTES_MAX = 1024 * 1024;

export class TypedInput implements ShellInput {
  readonly isTerminal = true;
  private line = "";
  private readonly ready: (Buffer | undefined)[] = [];
  private waiting: ((chunk: Buffer | undefined) => void) | undefined;
  private size = 0;
  private visible = true;

  constructor(private readonly show: (text: string) => void) {}

  /** Without echo only Enter shows: a password is being typed. */
  setEcho(on: boolean): void {
    this.visible = on;
  }

  read(signal: AbortSignal): Promise<Buffer | undefined> {
    if (this.ready.length > 0) {
      const chunk = this.ready.shift();
      this.size -= chunk?.length ?? 0;
      return Promise.resolve(chunk);
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.waiting = undefined;
        reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      this.waiting = (chunk) => {
        signal.removeEventListener("abort", onAbort);
        this.waiting = undefined;
        resolve(chunk);
      };
    });
  }

  press(key: Key): void {
    if (key.type !== "key") {
      const text = key.type === "paste" ? key.text.replace(/\r\n?/g, "\n") : key.text;
      for (const [index, part] of text.split("\n").entries()) {
        if (index > 0) this.enter();
        this.line += part;
        this.echo(part);
      }
      return;
    }
    switch (key.name) {
      case "enter":
        this.enter();
        return;
      case "backspace": {
        const parts = graphemes(this.line);
        const last = parts.pop();
        if (last === undefined) return;
        this.line = parts.join("");
        this.echo("\b \b".repeat(cellWidth(last)));
        return;
      }
      case "kill-to-start":
        for (const part of graphemes(this.line).reverse()) this.echo("\b \b".repeat(cellWidth(part)));
        this.line = "";
        return;
      case "tab":
        this.line += "\t";
        this.echo("\t");
        return;
      case "end-of-input":
        this.give(this.line === "" ? undefined : Buffer.from(this.line));
        this.line = "";
        return;
      default:
    }
  }

  /** What was typed ahead is left for the prompt to take. */
  takeRest(): string {
    const rest = this.ready.filter((chunk) => chunk !== undefined).map((chunk) => chunk.toString()).join("") + this.line;
    this.clear();
    return rest;
  }

  clear(): void {
    this.visible = true;
    this.line = "";
    this.ready.length = 0;
    this.size = 0;
  }

  private echo(text: string): void {
    if (this.visible) this.show(text);
  }

  private enter(): void {
    // whoever asked in silence goes on to the next line by himself
    this.echo("\r\n");
    this.give(Buffer.from(`${this.line}\n`));
    this.line = "";
  }

  private give(chunk: Buffer | undefined): void {
    if (this.waiting !== undefined) {
      this.waiting(chunk);
      return;
    }
    if (this.size > WAITING_BYTES_MAX) return;
    this.size += chunk?.length ?? 0;
    this.ready.push(chunk);
  }
}
