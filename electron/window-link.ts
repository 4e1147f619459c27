/**
 * The contract over Electron's IPC for one window. The sender is checked for every word, arguments are checked by the
 * session, and a window that does not take its frames gets no more until it has, then a new snapshot.
 */
import { ipcMain } from "electron";
import type { IpcMainEvent, WebContents } from "electron";
import { WindowSession } from "../core/lab/carrier/window-session.ts";
import type { LabHost, LabHosts } from "../core/lab/contract/host.ts";
import type { HostFrame } from "../core/lab/contract/protocol.ts";
import { COMMAND, FRAME, HELLO, ORIGIN, TAKEN } from "./channels.ts";

/** Frames on their way to a window before it counts as not reading. */
const UNTAKEN_MAX = 1024;

/** Carries the contract to this page until it is destroyed. Returns the way to stop. */
export function carryContract(host: LabHost | LabHosts, contents: WebContents): () => void {
  let session: WindowSession | null = null;
  let untaken = 0;
  let behind = false;

  const fromOurPage = (event: IpcMainEvent): boolean =>
    event.sender === contents && event.senderFrame !== null && event.senderFrame === contents.mainFrame && event.senderFrame.url.startsWith(`${ORIGIN}/`);

  const send = (frame: HostFrame): void => {
    if (contents.isDestroyed() || behind) return;
    if (untaken >= UNTAKEN_MAX) {
      behind = true;
      return;
    }
    untaken += 1;
    contents.send(FRAME, frame);
  };

  const begin = (): void => {
    session?.close();
    session = new WindowSession(host, send);
    untaken = 0;
    behind = false;
    session.start();
  };

  const onHello = (event: IpcMainEvent): void => {
    if (fromOurPage(event)) begin();
  };
  const onCommand = (event: IpcMainEvent, frame: unknown): void => {
    if (fromOurPage(event)) void session?.receive(frame);
  };
  const onTaken = (event: IpcMainEvent): void => {
    if (!fromOurPage(event)) return;
    untaken = Math.max(0, untaken - 1);
    if (behind && untaken === 0) begin();
  };

  ipcMain.on(HELLO, onHello);
  ipcMain.on(COMMAND, onCommand);
  ipcMain.on(TAKEN, onTaken);
  const stop = (): void => {
    ipcMain.off(HELLO, onHello);
    ipcMain.off(COMMAND, onCommand);
    ipcMain.off(TAKEN, onTaken);
    session?.close();
    session = null;
  };
  contents.once("destroyed", stop);
  return stop;
}
