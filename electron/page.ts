/** The window's files over a scheme of our own, with the same policy that the loopback server sends. */
import { randomBytes } from "node:crypto";
import { protocol } from "electron";
import { contentSecurityPolicy } from "../core/lab/carrier/guard.ts";
import { StaticFiles, withNonce } from "../core/lab/carrier/static-files.ts";
import { SCHEME } from "./channels.ts";

/** Before the app is ready: the scheme has an origin and counts as secure, so that the clipboard works. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
}

/** @param folder the built window; read whole, so that no request can lead out of it */
export async function servePage(folder: string): Promise<void> {
  const files = await StaticFiles.read(folder);
  protocol.handle(SCHEME, (request) => {
    const nonce = randomBytes(16).toString("base64url");
    const headers = {
      "Content-Security-Policy": contentSecurityPolicy(nonce, []),
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
      "Cross-Origin-Opener-Policy": "same-origin",
    };
    const url = new URL(request.url);
    const file = url.host === "window" && request.method === "GET" ? files.find(url.pathname) : undefined;
    if (file === undefined) return new Response(null, { status: 404, headers });
    return new Response(new Uint8Array(withNonce(file, nonce)), { status: 200, headers: { ...headers, "Content-Type": file.type } });
  });
}
