/** All that the page is given of Electron: the contract's link, and nothing more. */
import { contextBridge, ipcRenderer } from "electron";
import type { HostFrame, HostLink } from "../core/lab/contract/protocol.ts";
import { COMMAND, FRAME, HELLO, TAKEN } from "./channels.ts";

const frameListeners: ((frame: HostFrame) => void)[] = [];
const connectionListeners: Parameters<HostLink["onConnection"]>[0][] = [];
let asked = false;

/** Once all listeners of this turn are in place, the window says that it is ready. */
function sayHello(): void {
  if (asked) return;
  asked = true;
  setTimeout(() => ipcRenderer.send(HELLO), 0);
}

ipcRenderer.on(FRAME, (_event, frame: HostFrame) => {
  if (frame.type === "snapshot") for (const listener of connectionListeners) listener(true, "");
  for (const listener of frameListeners) listener(frame);
  ipcRenderer.send(TAKEN, 1);
});

const link: HostLink = {
  send: (frame) => ipcRenderer.send(COMMAND, frame),
  onFrame: (listener) => {
    frameListeners.push(listener);
    sayHello();
  },
  onConnection: (listener) => void connectionListeners.push(listener),
  resync: () => ipcRenderer.send(HELLO),
};

contextBridge.exposeInMainWorld("quorumLab", link);
