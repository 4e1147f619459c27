/** curl's way out of a host: plain HTTP to the hosts of the lab, by their names, and nowhere else. */
import { request } from "node:http";
import type { SecureFetch } from "just-bash";
import type { ShellHost } from "./world.ts";

const RESPONSE_BYTES_MAX = 64 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

export function hostFetch(host: ShellHost): SecureFetch {
  return (address, options = {}) => {
    const url = new URL(address);
    const real = host.addressBook.resolve({ host: url.hostname, port: Number(url.port || (url.protocol === "https:" ? "443" : "80")) });
    // a lab's hosts are loopback addresses; a name that the book does not know leads out of the lab
    if (!/^127\.\d+\.\d+\.\d+$/.test(real.host)) return Promise.reject(new Error(`curl: (6) Could not resolve host: ${url.hostname}`));
    if (url.protocol !== "http:") return Promise.reject(new Error(`curl: (1) Protocol "${url.protocol.slice(0, -1)}" not supported here`));
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = { host: url.host, "user-agent": "curl/8", accept: "*/*" };
      new Headers(options.headers).forEach((value, name) => (headers[name] = value));
      if (options.body !== undefined) headers["content-length"] = String(Buffer.byteLength(options.body));
      const sent = request(
        {
          host: real.host,
          port: real.port,
          path: `${url.pathname}${url.search}`,
          method: options.method ?? "GET",
          headers,
          agent: false,
          timeout: options.timeoutMs ?? TIMEOUT_MS,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        },
        (response) => {
          const parts: Buffer[] = [];
          let size = 0;
          response.on("data", (part: Buffer) => {
            size += part.length;
            if (size > RESPONSE_BYTES_MAX) response.destroy(new Error("curl: (63) Maximum file size exceeded"));
            else parts.push(part);
          });
          response.on("error", reject);
          response.on("end", () => {
            const received: Record<string, string> = {};
            for (const [name, value] of Object.entries(response.headers)) if (value !== undefined) received[name] = [value].flat().join(", ");
            resolve({ status: response.statusCode ?? 0, statusText: response.statusMessage ?? "", headers: received, body: Buffer.concat(parts), url: address });
          });
        },
      );
      sent.on("timeout", () => sent.destroy(new Error("curl: (28) Operation timed out")));
      sent.on("error", (error: NodeJS.ErrnoException) => {
        const refused = error.code === "ECONNREFUSED";
        reject(refused ? new Error(`curl: (7) Failed to connect to ${url.hostname} port ${url.port || 80}: Connection refused`) : error);
      });
      sent.end(options.body);
    });
  };
}
