/** Where the panes of the window stand: the view, the inspector beside it, the terminals below or beside it. */

export interface Panes {
  readonly inspector: "left" | "right" | "hidden";
  readonly dock: "bottom" | "right" | "none";
  readonly dockOpen: boolean;
  readonly sideWidth: number;
  readonly dockHeight: number;
  readonly dockWidth: number;
}

export interface Arrangement {
  /** values of the grid's properties */
  readonly columns: string;
  readonly rows: string;
  readonly areas: string;
  /** px, as far as there is room for them */
  readonly side: number;
  readonly dock: number;
  readonly dockAt: "bottom" | "right" | "none";
  readonly dockMax: number;
  readonly sideMax: number;
}

export const SIDE_MIN = 240;
export const DOCK_MIN = { bottom: 96, right: 280 } as const;
/** what the view is to have left */
const VIEW_WIDTH = 560;
const VIEW_HEIGHT = 260;
/** a view beside which both others stand has less */
const VIEW_WIDTH_BESIDE = 420;
const DOCK_CLOSED = 33;

/** @param width of the work space, without the rail. @param height without the bars above it */
export function arrange(panes: Panes, width: number, height: number): Arrangement {
  // a closed dock is a line, and lines lie
  const dockAt = panes.dock === "right" && !panes.dockOpen ? "bottom" : panes.dock;
  const beside = dockAt === "right";
  const view = beside ? VIEW_WIDTH_BESIDE : VIEW_WIDTH;
  const sideMax = Math.max(SIDE_MIN, Math.min(640, width - view - (beside ? DOCK_MIN.right : 0)));
  const side = panes.inspector === "hidden" ? 0 : Math.min(panes.sideWidth, sideMax);
  const dockMax = beside ? Math.max(DOCK_MIN.right, width - side - VIEW_WIDTH_BESIDE) : Math.max(DOCK_MIN.bottom, height - VIEW_HEIGHT);
  const dock = !panes.dockOpen && dockAt !== "none" ? DOCK_CLOSED : Math.min(beside ? panes.dockWidth : panes.dockHeight, dockMax);
  const columns: string[] = ["minmax(0, 1fr)"];
  const rows: string[][] = [["main"]];
  if (beside) {
    columns.push(`${dock}px`);
    rows[0]?.push("dock");
  } else if (dockAt === "bottom") rows.push(["dock"]);
  if (panes.inspector === "right") {
    columns.push(`${side}px`);
    for (const row of rows) row.push("side");
  } else if (panes.inspector === "left") {
    columns.unshift(`${side}px`);
    for (const row of rows) row.unshift("side");
  }
  const all = [columns.map(() => "banner"), ...rows];
  return {
    columns: columns.join(" "),
    rows: `auto minmax(0, 1fr)${dockAt === "bottom" ? ` ${dock}px` : ""}`,
    areas: all.map((row) => `"${row.join(" ")}"`).join(" "),
    side,
    dock,
    dockAt,
    dockMax,
    sideMax,
  };
}
