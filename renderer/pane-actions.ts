/** What is done to the window itself: its panes, windows of their own, presenter mode, and what the terminal names. */
import { lab, preferences, screen, terminals } from "./state/app.ts";
import { views } from "./state/preferences.svelte.ts";
import type { Alone } from "./state/preferences.svelte.ts";
import type { Action } from "./state/screen.svelte.ts";
import { text } from "./text.ts";

const t = text.actions;

/** The same page once more, for one view. The token goes along in the address's fragment, as it does in a copied address. */
export function windowAction(view: Alone): Action {
  return {
    id: `window-${view}`,
    label: text.windows.open(text.windowNames[view]),
    icon: "window",
    run: () => {
      const opened = window.open(`${location.pathname}?view=${view}${location.hash}`, `quorum-lab-${view}`, "popup,width=1100,height=760");
      // Electron opens it by itself and gives no handle
      if (opened === null && window.quorumLab === undefined) screen.notice(text.windows.blocked);
    },
  };
}

export function presentAction(): Action {
  return {
    id: "present",
    label: screen.presenting ? t.presentOff : t.present,
    keys: "P",
    icon: "present",
    run: () => {
      screen.presenting = !screen.presenting;
      if (screen.presenting) screen.selection = null;
    },
  };
}

/** A menu of all that the terminal in front names: what a click on each would do. */
export function linksAction(): Action {
  return {
    id: "links",
    label: t.followLink,
    keys: "Ctrl Shift O",
    icon: "jump",
    blocked: lab.connected ? "" : t.offline,
    run: () => {
      const things = terminals.named.toReversed();
      if (things.length === 0) return screen.notice(text.terminal.noLinks, "plain");
      const pane = document.getElementById("terminal-pane")?.getBoundingClientRect();
      screen.openMenu({
        x: pane?.left ?? 100,
        y: pane?.top ?? 100,
        label: text.terminal.links,
        actions: things.map((thing) => ({
          id: `${thing.kind} ${thing.value}`,
          label: text.terminal.linkTo[thing.kind](thing.value),
          icon: { member: "members", key: "keys", revision: "timeline", index: "log" }[thing.kind],
          run: () => terminals.follow(thing),
        })),
        returnTo: document.activeElement instanceof HTMLElement ? document.activeElement : null,
      });
    },
  };
}

export function paneActions(): Action[] {
  return [
    presentAction(),
    linksAction(),
    ...([...views, "terminal"] as const).map(windowAction),
    { id: "inspector-right", label: t.inspectorRight, icon: "panes", run: () => preferences.set("inspector", "right") },
    { id: "inspector-left", label: t.inspectorLeft, icon: "panes", run: () => preferences.set("inspector", "left") },
    { id: "inspector-hidden", label: t.inspectorHidden, icon: "panes", run: () => preferences.set("inspector", "hidden") },
    { id: "dock-below", label: t.dockBelow, icon: "panes", run: () => preferences.set("dockSide", "bottom") },
    { id: "dock-right", label: t.dockRight, icon: "panes", run: () => preferences.set("dockSide", "right") },
    { id: "contrast-more", label: t.moreContrast, icon: "sun", run: () => preferences.set("contrast", "more") },
    { id: "contrast-system", label: t.systemContrast, icon: "settings", run: () => preferences.set("contrast", "system") },
  ];
}
