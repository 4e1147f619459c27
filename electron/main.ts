/**
 * Quorum Lab in Electron: one instance, one window, a desk of labs. Everything that is not Electron's own lies in core/lab and is the
 * same in a browser.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { app, dialog } from "electron";
import type { BrowserWindow } from "electron";
import type { LabHost, LabHosts } from "../core/lab/contract/host.ts";
import { createLab, LabCatalogue, LabDesk, openRecordingFile } from "../core/lab/index.ts";
import type { Lab } from "../core/lab/index.ts";
import { nodeClock } from "../core/platform/node/clock.ts";
import { labPrograms } from "../core/shell/programs.ts";
import { setMenu } from "./menu.ts";
import { readOptions } from "./options.ts";
import { declareScheme, servePage } from "./page.ts";
import { spawnUtilityMember } from "./utility-member.ts";
import { carryContract } from "./window-link.ts";
import { openWindow } from "./window.ts";

const here = dirname(fileURLToPath(import.meta.url));
const dist = dirname(here);
/** Member processes are started by path: their bundle lies beside the asar archive, not in it. */
const programs = app.isPackaged ? join(process.resourcesPath, "bin") : join(dist, "bin");
/** Members end within this time at quit, or are ended with the app. */
const CLOSE_MS = 10_000;

let desk: LabDesk | null = null;
let window: BrowserWindow | null = null;
let closing: Promise<void> | null = null;

function closeLab(): Promise<void> {
  closing ??= Promise.race([
    desk?.close() ?? Promise.resolve(),
    new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref()),
  ]);
  return closing;
}

function bringToFront(): void {
  if (window === null) return;
  if (window.isMinimized()) window.restore();
  window.focus();
}

async function open(): Promise<void> {
  await app.whenReady();
  setMenu();
  const options = readOptions(process.argv);
  await servePage(join(dist, "window"));
  if (options.open !== undefined) {
    show(await openRecordingFile(options.open));
    return;
  }
  const data = app.getPath("userData");
  const version = app.getVersion();
  const catalogue = new LabCatalogue({ folder: join(data, "labs"), saved: join(data, "saved-labs"), version, now: () => Date.now() });
  const openLab = (folder: string, id: string): Promise<Lab> =>
    createLab({ folder, id, otherBlocks: catalogue.otherBlocks(id), name: "lab", members: options.members, version, clock: nodeClock, spawnMember: spawnUtilityMember, etcdProgram: join(programs, "etcd"), programs: labPrograms });
  desk = await LabDesk.begin({ catalogue, open: openLab }, options.lab ?? join(data, "lab"));
  // members elect while the window opens
  desk.first.start();
  show(desk);
}

/** The first window of what is shown, and those that it asks for. */
function show(host: LabHost | LabHosts): void {
  const openFor = (search: string): BrowserWindow => {
    const opened = openWindow(join(here, "preload.cjs"), search, openFor);
    carryContract(host, opened.webContents);
    return opened;
  };
  window = openFor("");
  window.on("closed", () => {
    window = null;
  });
}

if (app.requestSingleInstanceLock()) {
  app.enableSandbox();
  declareScheme();
  app.on("second-instance", bringToFront);
  app.on("window-all-closed", () => app.quit());
  app.on("before-quit", (event) => {
    if (desk === null) return;
    event.preventDefault();
    void closeLab().finally(() => {
      desk = null;
      app.quit();
    });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => app.quit());
  open().catch((error: unknown) => {
    dialog.showErrorBox("Quorum Lab could not start", error instanceof Error ? error.message : String(error));
    app.exit(1);
  });
} else {
  app.quit();
}
