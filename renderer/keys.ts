/** Keys that work everywhere. A letter alone is a command only while nothing takes text. */
import { breakAction, healAction } from "./actions.ts";
import { linksAction, presentAction } from "./pane-actions.ts";
import { rewindAction } from "./rewind/actions.ts";
import { preferences, screen, terminals } from "./state/app.ts";
import { views } from "./state/preferences.svelte.ts";

function takesText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

export function takeKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  const modified = event.ctrlKey || event.metaKey;
  const inTerminal = event.target instanceof Element && event.target.closest(".xterm") !== null;
  const take = (run: () => void): void => {
    event.preventDefault();
    run();
  };
  if (event.ctrlKey && (event.code === "Backquote" || event.key === "`")) return take(() => terminals.toggle());
  if (event.key === "F1" || (modified && !event.shiftKey && event.key.toLowerCase() === "k" && !inTerminal)) {
    return take(() => (screen.paletteOpen = !screen.paletteOpen));
  }
  if (event.ctrlKey && event.shiftKey && event.code === "KeyF") return take(() => terminals.openSearch());
  if (event.ctrlKey && event.shiftKey && event.code === "KeyO") return take(() => linksAction().run());
  if (modified || event.altKey || takesText(event.target) || screen.dialog !== null || screen.paletteOpen || screen.menu !== null) return;
  const view = views[Number(event.key) - 1];
  if (view !== undefined) return take(() => preferences.set("view", view));
  switch (event.key) {
    case "h":
    case "H": {
      const heal = healAction();
      if ((heal.blocked ?? "") === "") take(() => heal.run());
      return;
    }
    case "b":
    case "B": {
      const more = breakAction();
      if ((more.blocked ?? "") === "") take(() => more.run());
      return;
    }
    case "p":
    case "P":
      return take(() => presentAction().run());
    case "l":
    case "L":
      if (screen.presenting) take(() => (screen.laser = !screen.laser));
      return;
    case "r":
    case "R": {
      const rewind = rewindAction();
      if ((rewind.blocked ?? "") === "") take(() => rewind.run());
      return;
    }
    case "?":
      return take(() => (screen.dialog = { kind: "shortcuts" }));
    case "Escape":
      if (screen.presenting) take(() => (screen.presenting = false));
      else if (screen.selection !== null) take(() => (screen.selection = null));
      return;
  }
}
