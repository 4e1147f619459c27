/** A terminal's output as it was at a moment of a recording: an xterm that nobody types into. */
import { FitAddon } from "@xterm/addon-fit";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { Terminal } from "@xterm/xterm";
import { monospace, xtermTheme } from "./xterm-theme.ts";

export class PastTerminal {
  readonly #xterm: Terminal;
  readonly #fit = new FitAddon();
  #written = "";

  constructor(pane: HTMLElement, label: string, fontSize: number) {
    this.#xterm = new Terminal({
      allowProposedApi: true,
      disableStdin: true,
      cursorBlink: false,
      cursorInactiveStyle: "none",
      fontFamily: monospace(),
      fontSize,
      lineHeight: 1.3,
      scrollback: 1000,
      theme: xtermTheme(),
      minimumContrastRatio: 1,
      screenReaderMode: true,
    });
    this.#xterm.loadAddon(this.#fit);
    this.#xterm.loadAddon(new Unicode11Addon());
    this.#xterm.unicode.activeVersion = "11";
    this.#xterm.open(pane);
    this.#xterm.textarea?.setAttribute("aria-label", label);
    this.fit();
  }

  fit(): void {
    this.#fit.fit();
  }

  /** @param output the newest of it up to the moment, all there is to show */
  show(output: string): void {
    if (output === this.#written) return;
    if (output.startsWith(this.#written)) this.#xterm.write(output.slice(this.#written.length));
    else {
      // from the clean slate in one write, so that nothing flickers
      this.#xterm.write(`\x1bc${output}`);
    }
    this.#written = output;
  }

  restyle(fontSize: number): void {
    this.#xterm.options.theme = xtermTheme();
    this.#xterm.options.fontSize = fontSize;
    this.fit();
  }

  dispose(): void {
    this.#xterm.dispose();
  }
}
