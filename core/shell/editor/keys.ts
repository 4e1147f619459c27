/** Keys from what a terminal sends: characters, control characters, escape sequences, bracketed paste. */

export type Key =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "paste"; readonly text: string }
  | { readonly type: "key"; readonly name: KeyName };

export type KeyName =
  | "enter"
  | "tab"
  | "backtab"
  | "backspace"
  | "delete"
  | "left"
  | "right"
  | "up"
  | "down"
  | "home"
  | "end"
  | "word-left"
  | "word-right"
  | "kill-to-end"
  | "kill-to-start"
  | "kill-word-back"
  | "kill-word-forward"
  | "yank"
  | "transpose"
  | "interrupt"
  | "end-of-input"
  | "clear"
  | "search"
  | "cancel"
  | "escape"
  | "insert-last-word"
  | "suspend";

const CONTROLS: Readonly<Record<string, KeyName>> = {
  "\x01": "home",
  "\x02": "left",
  "\x03": "interrupt",
  "\x04": "end-of-input",
  "\x05": "end",
  "\x06": "right",
  "\x07": "cancel",
  "\b": "backspace",
  "\t": "tab",
  "\n": "enter",
  "\x0b": "kill-to-end",
  "\f": "clear",
  "\r": "enter",
  "\x0e": "down",
  "\x10": "up",
  "\x12": "search",
  "\x14": "transpose",
  "\x15": "kill-to-start",
  "\x17": "kill-word-back",
  "\x19": "yank",
  "\x1a": "suspend",
  "\x7f": "backspace",
};

const SEQUENCES: Readonly<Record<string, KeyName>> = {
  "[A": "up",
  "[B": "down",
  "[C": "right",
  "[D": "left",
  "[H": "home",
  "[F": "end",
  "[1~": "home",
  "[4~": "end",
  "[7~": "home",
  "[8~": "end",
  "[3~": "delete",
  "[Z": "backtab",
  OA: "up",
  OB: "down",
  OC: "right",
  OD: "left",
  OH: "home",
  OF: "end",
  "[1;5C": "word-right",
  "[1;5D": "word-left",
  "[1;3C": "word-right",
  "[1;3D": "word-left",
  "[3;5~": "kill-word-forward",
  b: "word-left",
  f: "word-right",
  d: "kill-word-forward",
  "\x7f": "kill-word-back",
  "\b": "kill-word-back",
  ".": "insert-last-word",
};

const PASTE_START = "\x1b[200~";
const PASTE_END = "\x1b[201~";
/** Most of one paste; the rest is dropped. */
const PASTE_CHARS_MAX = 256 * 1024;

/** Keeps what is incomplete for the next call. */
export class KeyDecoder {
  private pending = "";

  decode(data: string): Key[] {
    let rest = this.pending + data;
    this.pending = "";
    const keys: Key[] = [];
    while (rest !== "") {
      if (rest.startsWith(PASTE_START)) {
        const end = rest.indexOf(PASTE_END);
        if (end < 0) {
          this.pending = rest.slice(0, PASTE_CHARS_MAX);
          break;
        }
        keys.push({ type: "paste", text: rest.slice(PASTE_START.length, end) });
        rest = rest.slice(end + PASTE_END.length);
        continue;
      }
      if (rest[0] === "\x1b") {
        // a sequence: CSI parameters and a final letter, SS3 and a letter, or Alt and a key
        const match = /^\x1b(\[[0-9;?]*[@-~]|O[A-Za-z]|[^[O])/s.exec(rest);
        if (match === null) {
          if (rest === "\x1b") keys.push({ type: "key", name: "escape" });
          else if (rest.length < 16) this.pending = rest;
          break;
        }
        const name = SEQUENCES[match[1]!];
        if (name !== undefined) keys.push({ type: "key", name });
        rest = rest.slice(match[0].length);
        continue;
      }
      const control = CONTROLS[rest[0]!];
      if (control !== undefined) {
        keys.push({ type: "key", name: control });
        rest = rest.slice(1);
        continue;
      }
      const text = /^[^\x00-\x1f\x7f]+/.exec(rest)?.[0];
      if (text !== undefined) keys.push({ type: "text", text });
      rest = rest.slice(text?.length ?? 1);
    }
    return keys;
  }
}
