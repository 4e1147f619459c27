/** The terminal's colours, taken from the tokens: xterm wants them resolved, so an unseen element resolves them. */
import type { ITheme } from "@xterm/xterm";

const names = {
  background: "--sunken",
  foreground: "--ink",
  cursor: "--accent",
  cursorAccent: "--sunken",
  selectionBackground: "--line-strong",
  selectionInactiveBackground: "--track",
  overviewRulerBorder: "--sunken",
  scrollbarSliderBackground: "--track",
  scrollbarSliderHoverBackground: "--line-strong",
  scrollbarSliderActiveBackground: "--line-strong",
  black: "--ansi-black",
  red: "--ansi-red",
  green: "--ansi-green",
  yellow: "--ansi-yellow",
  blue: "--ansi-blue",
  magenta: "--ansi-magenta",
  cyan: "--ansi-cyan",
  white: "--ansi-white",
  brightBlack: "--ansi-bright-black",
  brightRed: "--ansi-bright-red",
  brightGreen: "--ansi-bright-green",
  brightYellow: "--ansi-bright-yellow",
  brightBlue: "--ansi-bright-blue",
  brightMagenta: "--ansi-bright-magenta",
  brightCyan: "--ansi-bright-cyan",
  brightWhite: "--ansi-bright-white",
} as const satisfies Partial<Record<keyof ITheme, string>>;

export function resolveColour(token: string): string {
  const probe = document.createElement("i");
  probe.hidden = true;
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

export function xtermTheme(): ITheme {
  return Object.fromEntries(Object.entries(names).map(([name, token]) => [name, resolveColour(token)])) as ITheme;
}

export function monospace(): string {
  return getComputedStyle(document.documentElement).getPropertyValue("--mono");
}
