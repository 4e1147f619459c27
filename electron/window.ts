/** A window: isolated, sandboxed, without Node, unable to go or open anything elsewhere. */
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

/** Windows at a time: each follows the whole lab. */
const WINDOWS_MAX = 12;

/** What a page may ask for with `window.open`: itself once more, for one view. "" for anything else. */
function ownView(url: string): string {
  const asked = URL.canParse(url) ? new URL(url) : undefined;
  return asked !== undefined && `${asked.protocol}//${asked.host}` === ORIGIN && /^\?view=[a-z]{1,20}(?:&lab=[\w-]{1,64})?$/.test(asked.search) ? asked.search : "";
}

/**
 * @param preload path of the bundled preload script
 * @param search of the page's address: the one view that it shows; "" for the window that has all
 * @param onAsked the page wants a window of its own for a view
 */
export function openWindow(preload: string, search: string, onAsked: (search: string) => void): BrowserWindow {
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
  // Never Electron's own child window: what is asked for is opened by us, under the same rules
  webContents.setWindowOpenHandler(({ url }) => {
    const view = ownView(url);
    if (view !== "" && BrowserWindow.getAllWindows().length < WINDOWS_MAX) onAsked(view);
    return { action: "deny" };
  });
  webContents.on("will-navigate", (event) => {
    // the page loads itself again when it shows another lab
    if (event.url !== webContents.getURL()) event.preventDefault();
  });
  webContents.on("will-frame-navigate", (event) => event.preventDefault());
  webContents.on("will-redirect", (event) => event.preventDefault());
  webContents.on("will-attach-webview", (event) => event.preventDefault());
  window.once("ready-to-show", () => window.show());
  void window.loadURL(`${ORIGIN}/index.html${search}`);
  return window;
}
