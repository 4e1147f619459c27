/** Asks a member's /health over HTTP: true when it has a leader and answers linearizable reads. Any etcd can be asked. */
import { Agent, get } from "node:http";
import { type SecureTarget, TlsAgent } from "../tls/tls-agent.ts";
import type { TlsDialer } from "../tls/tls-dial.ts";

/** @param tls for an https URL */
export function healthy(clientUrl: string, timeoutMs: number, tls?: TlsDialer): Promise<boolean> {
  if (!URL.canParse(clientUrl)) return Promise.resolve(false);
  const url = new URL(clientUrl);
  const agent = tls === undefined ? new Agent() : new TlsAgent(tls, {});
  const target: SecureTarget = { verifiedHost: url.hostname };
  return new Promise((resolve) => {
    const options = { host: url.hostname, port: url.port, path: "/health", timeout: timeoutMs, agent, headers: { connection: "close" }, ...target };
    const request = get(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        if (text.length < 4096) text += part;
      });
      response.on("end", () => resolve(response.statusCode === 200 && /"health":\s*"?true/.test(text)));
      response.on("error", () => resolve(false));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
