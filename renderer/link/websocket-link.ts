/**
 * The contract over a WebSocket of the loopback server that served this page. Reconnects by itself, quickly at first; stops
 * only when the server says that this window's token is not of this start.
 */
import type { DisconnectReason, HostFrame, HostLink, WindowFrame } from "../../core/lab/contract/protocol.ts";

const SUBPROTOCOL = "quorum-lab";
const WRONG_TOKEN = 4401;
const RETRY_MS_FIRST = 250;
const RETRY_MS_MAX = 3000;
const CONNECT_MS_MAX = 5000;

export function webSocketLink(): HostLink {
  const frameListeners: ((frame: HostFrame) => void)[] = [];
  const connectionListeners: ((connected: boolean, reason: DisconnectReason) => void)[] = [];
  let socket: WebSocket | null = null;
  let retryMs = RETRY_MS_FIRST;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const tell = (connected: boolean, reason: DisconnectReason): void => {
    for (const listener of connectionListeners) listener(connected, reason);
  };

  function connect(): void {
    clearTimeout(retry);
    const token = location.hash.slice(1);
    if (!/^[\w-]+$/.test(token)) {
      tell(false, "refused");
      return;
    }
    const opened = new WebSocket(`ws://${location.host}/contract`, [SUBPROTOCOL, `token.${token}`]);
    socket = opened;
    const late = setTimeout(() => opened.close(), CONNECT_MS_MAX);
    opened.onmessage = (event: MessageEvent<string>) => {
      const frame = JSON.parse(event.data) as HostFrame;
      if (frame.type === "snapshot") {
        retryMs = RETRY_MS_FIRST;
        clearTimeout(late);
        tell(true, "");
      }
      for (const listener of frameListeners) listener(frame);
    };
    opened.onclose = (event) => {
      clearTimeout(late);
      if (socket !== opened) return;
      socket = null;
      if (event.code === WRONG_TOKEN) {
        tell(false, "refused");
        return;
      }
      tell(false, "away");
      retry = setTimeout(connect, retryMs);
      retryMs = Math.min(RETRY_MS_MAX, retryMs * 1.6);
    };
  }

  // A new token in the address is a new lab; being back online or in front is a reason not to wait.
  addEventListener("hashchange", () => {
    const old = socket;
    socket = null;
    old?.close();
    connect();
  });
  const hurry = (): void => {
    if (socket === null && retry !== undefined) connect();
  };
  addEventListener("online", hurry);
  addEventListener("focus", hurry);
  queueMicrotask(connect);

  return {
    send(frame: WindowFrame) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    },
    onFrame: (listener) => void frameListeners.push(listener),
    onConnection: (listener) => void connectionListeners.push(listener),
    resync() {
      if (socket?.readyState === WebSocket.OPEN) socket.send('{"type":"resync"}');
    },
  };
}
