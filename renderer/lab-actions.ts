/** What can be done with labs, for the menu at the lab's name and for the palette. */
import type { LabSummary } from "../core/lab/contract/labs.ts";
import { lab, labs, screen } from "./state/app.ts";
import type { Action, LabsPage } from "./state/screen.svelte.ts";
import { text } from "./text.ts";

const t = text.labs;
const SHOWN_MAX = 12;

/** Whether this host keeps a library at all. */
export function hasLibrary(): boolean {
  return lab.present?.lab.id !== undefined;
}

function showPage(page: LabsPage): void {
  screen.dialog = { kind: "labs", page };
}

function page(name: "list" | "create" | "import", label: string, icon: string, separated = false): Action {
  return { id: `labs-${name}`, label, icon, separated, blocked: lab.online ? "" : text.actions.offline, run: () => showPage({ name }) };
}

function pageActions(): Action[] {
  if (!hasLibrary()) return [];
  return [page("create", t.create, "plus", true), page("import", t.importOne, "snapshot"), page("list", t.all, "rows")];
}

/** Those that run first, then those used last. */
function switches(): Action[] {
  const rank = (one: LabSummary): number => (one.state === "running" ? 0 : 1);
  const others = labs.all.filter((one) => !one.shown && one.shape !== null).sort((a, b) => rank(a) - rank(b) || b.usedAt - a.usedAt);
  return others.slice(0, SHOWN_MAX).map((one) => ({
    id: `lab-${one.id}`,
    label: t.switchTo(one.name),
    short: one.name,
    icon: one.state === "running" ? "play" : "cluster",
    blocked: lab.online ? (one.state === "elsewhere" ? t.blocked.elsewhere : "") : text.actions.offline,
    run: () => showPage({ name: "open", id: one.id }),
  }));
}

export function labActions(): Action[] {
  return hasLibrary() ? [...switches(), ...pageActions()] : [];
}

/** The menu below the lab's name, with the library as it is now. */
export async function openLabMenu(at: HTMLElement): Promise<void> {
  await labs.load();
  const { left, bottom } = at.getBoundingClientRect();
  screen.openMenu({ x: left, y: bottom + 2, label: t.title, actions: labActions(), returnTo: at });
}
