/** The way to the host: what Electron's preload put here, else a WebSocket to the server of this page. */
import type { HostLink } from "../../core/lab/contract/protocol.ts";
import { webSocketLink } from "./websocket-link.ts";

declare global {
  interface Window {
    readonly quorumLab?: HostLink;
  }
}

export function hostLink(): HostLink {
  return window.quorumLab ?? webSocketLink();
}
