/** What is said of a pressed key to those who watch: its name, with what was held. "" for keys that are nobody's business. */

const names: Readonly<Record<string, string>> = {
  " ": "Space",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  Delete: "Del",
};
const HELD = new Set(["Control", "Shift", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Process", "Unidentified"]);

/** What is read of a KeyboardEvent. */
interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}

/** @param typing the key goes into a field or a shell: what it writes is seen there */
export function keyWords(event: Pressed, typing: boolean): string {
  if (HELD.has(event.key)) return "";
  const letter = event.key.length === 1;
  const modified = event.ctrlKey || event.altKey || event.metaKey;
  if (typing && letter && !modified) return "";
  const held = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.metaKey && "Meta", event.shiftKey && (!letter || modified) && "Shift"].filter((one): one is string => one !== false);
  const name = names[event.key] ?? (letter ? event.key.toUpperCase() : event.key);
  return [...held, name].join(" ");
}
