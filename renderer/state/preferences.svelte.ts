/** What a user chose and the window remembers: theme, sizes, what is open. Kept by the browser, never sent anywhere. */
import type { MemberTab } from "../views/members/member-tab.ts";

export type Theme = "system" | "light" | "dark";
export type View = "cluster" | "log" | "keys" | "timeline" | "members" | "watchers" | "snapshots";
export const views: readonly View[] = ["cluster", "log", "keys", "timeline", "members", "watchers", "snapshots"];

interface Remembered {
  theme: Theme;
  view: View;
  layout: "ring" | "rows";
  memberHost: string;
  memberTab: MemberTab;
  moving: boolean;
  dockOpen: boolean;
  dockHeight: number;
  sideWidth: number;
  terminalSize: number;
}

const STORAGE_KEY = "quorum-lab.window";
const usual: Remembered = {
  theme: "system",
  view: "cluster",
  layout: "ring",
  memberHost: "",
  memberTab: "metrics",
  moving: true,
  dockOpen: true,
  dockHeight: 236,
  sideWidth: 304,
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

export class Preferences {
  readonly #kept = $state(read());

  constructor() {
    this.#show();
  }

  get<K extends keyof Remembered>(name: K): Remembered[K] {
    return this.#kept[name];
  }

  set<K extends keyof Remembered>(name: K, value: Remembered[K]): void {
    this.#kept[name] = value;
    this.#show();
    try {
      localStorage.setItem(STORAGE_KEY, JSON.stringify($state.snapshot(this.#kept)));
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
    if (this.#kept.moving) delete root.dataset["motion"];
    else root.dataset["motion"] = "none";
  }
}
