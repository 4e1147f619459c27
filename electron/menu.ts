/** The application's menu. Accelerators that a shell needs (Ctrl+C, Ctrl+R, Ctrl+W) stay with the shell. */
import { Menu } from "electron";
import type { MenuItemConstructorOptions } from "electron";

export function setMenu(): void {
  const mac = process.platform === "darwin";
  // On macOS Command is no shell's key; elsewhere the menu shows what the page itself does.
  const edit: MenuItemConstructorOptions[] = (["undo", "redo", "cut", "copy", "paste", "selectAll"] as const).map((role) => ({ role, registerAccelerator: mac }));
  const view: MenuItemConstructorOptions[] = [
    { role: "resetZoom" },
    { role: "zoomIn" },
    { role: "zoomOut" },
    { type: "separator" },
    { role: "togglefullscreen" },
    { role: "toggleDevTools" },
  ];
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(mac ? [{ role: "appMenu" as const }] : [{ label: "&Lab", submenu: [{ role: "quit" as const }] }]),
      { label: "&Edit", submenu: edit },
      { label: "&View", submenu: view },
      { role: "window", label: "&Window", submenu: [{ role: "minimize", registerAccelerator: mac }, { role: "close", registerAccelerator: mac }] },
    ]),
  );
}
