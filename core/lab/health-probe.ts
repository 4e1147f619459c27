/** Asks a member's /health over HTTP: true when it has a leader and answers linearizable reads. Any etcd can be asked. */
import { get } from "node:http";

export function healthy(clientUrl: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${clientUrl}/health`, { timeout: timeoutMs, agent: false }, (response) => {
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
