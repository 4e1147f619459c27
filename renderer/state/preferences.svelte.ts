/** What a user chose and the window remembers: theme, sizes, what is open. Kept by the browser, never sent anywhere. */
import type { MemberTab } from "../views/members/member-tab.ts";

export type Theme = "system" | "light" | "dark";
export type View = "cluster" | "log" | "keys" | "timeline" | "members" | "watchers" | "snapshots";
export type Contrast = "system" | "more";
export const views: readonly View[] = ["cluster", "log", "keys", "timeline", "members", "watchers", "snapshots"];

interface Remembered {
  theme: Theme;
  contrast: Contrast;
  view: View;
  layout: "ring" | "rows";
  memberHost: string;
  memberTab: MemberTab;
  moving: boolean;
  dockOpen: boolean;
  dockHeight: number;
  sideWidth: number;
  dockSide: "bottom" | "right";
  dockWidth: number;
  inspector: "left" | "right" | "hidden";
  terminalSize: number;
}

const STORAGE_KEY = "quorum-lab.window";
const usual: Remembered = {
  theme: "system",
  contrast: "system",
  view: "cluster",
  layout: "ring",
  memberHost: "",
  memberTab: "metrics",
  moving: true,
  dockOpen: true,
  dockHeight: 236,
  sideWidth: 304,
  dockSide: "bottom",
  dockWidth: 520,
  inspector: "right",
  terminalSize: 12,
};

function read(): Remembered {
  try {
    const stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}") as Partial<Remembered>;
    const known = Object.entries(usual).map(([name, value]) => {
      const found = stored[name as keyof Remembered];
      return [name, typeof found === typeof value ? found : value];
    });
    return Object.fromEntries(known) as Remembered;
  } catch {
    // Storage is off or holds something else: the usual will do.
    return { ...usual };
  }
}

/** What a window of its own shows: one view, or the terminals. */
export type Alone = View | "terminal";

/** The view that this window was opened for, from its address; null in the window that has them all. */
function aloneFromAddress(): Alone | null {
  const wanted = new URLSearchParams(location.search).get("view");
  return wanted === "terminal" ? wanted : (views.find((view) => view === wanted) ?? null);
}

/** Choices that all windows share; the others are each window's own until it is opened again. */
const SHARED: readonly (keyof Remembered)[] = ["theme", "contrast", "moving", "terminalSize"];

export class Preferences {
  /** this window's one view */
  readonly alone = aloneFromAddress();
  readonly #kept = $state(read());

  constructor() {
    if (this.alone !== null && this.alone !== "terminal") this.#kept.view = this.alone;
    this.#show();
    for (const query of ["(prefers-contrast: more)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", () => this.#show());
    addEventListener("storage", (event) => {
      if (event.key !== STORAGE_KEY) return;
      const told = read();
      for (const name of SHARED) Object.assign(this.#kept, { [name]: told[name] });
      this.#show();
    });
  }

  get<K extends keyof Remembered>(name: K): Remembered[K] {
    return this.#kept[name];
  }

  set<K extends keyof Remembered>(name: K, value: Remembered[K]): void {
    this.#kept[name] = value;
    this.#show();
    // where a window of its own is now, is nobody else's business
    if (this.alone !== null && name === "view") return;
    try {
      localStorage.setItem(STORAGE_KEY, JSON.stringify({ ...read(), [name]: value }));
    } catch {
      // Storage is off or full: the choice lasts as long as the window.
      return;
    }
  }

  /** Messages do not move when the user or the system says so. */
  get still(): boolean {
    return !this.#kept.moving || matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  #show(): void {
    const root = document.documentElement;
    if (this.#kept.theme === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = this.#kept.theme;
    const more = this.#kept.contrast === "more" || matchMedia("(prefers-contrast: more)").matches;
    if (more) root.dataset["contrast"] = "more";
    else delete root.dataset["contrast"];
    if (this.#kept.moving) delete root.dataset["motion"];
    else root.dataset["motion"] = "none";
  }
}
