/** The one window: isolated, sandboxed, without Node, unable to go or open anything elsewhere. */
import { BrowserWindow, nativeTheme } from "electron";
import type { Session } from "electron";
import { ORIGIN } from "./channels.ts";

/** Copying from the terminal is the only permission that the page gets. */
const PERMITTED = new Set(["clipboard-sanitized-write"]);

function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(PERMITTED.has(permission)));
  session.setPermissionCheckHandler((_contents, permission, origin) => PERMITTED.has(permission) && origin.startsWith(ORIGIN));
  session.setDevicePermissionHandler(() => false);
}

/** @param preload path of the bundled preload script */
export function openWindow(preload: string): BrowserWindow {
  const window = new BrowserWindow({
    title: "Quorum Lab",
    width: 1360,
    height: 880,
    minWidth: 1024,
    minHeight: 700,
    show: false,
    // the ground token of both themes, for the moment before the page paints
    backgroundColor: nativeTheme.shouldUseDarkColors ? "#0e0f11" : "#f4f4f6",
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  });
  const { webContents } = window;
  denyPermissions(webContents.session);
  webContents.setWindowOpenHandler(() => ({ action: "deny" }));
  webContents.on("will-navigate", (event) => event.preventDefault());
  webContents.on("will-frame-navigate", (event) => event.preventDefault());
  webContents.on("will-redirect", (event) => event.preventDefault());
  webContents.on("will-attach-webview", (event) => event.preventDefault());
  window.once("ready-to-show", () => window.show());
  void window.loadURL(`${ORIGIN}/index.html`);
  return window;
}
