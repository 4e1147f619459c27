/**
 * Who may talk to the loopback server: only pages of its own origin, and only with the token of this start. The Host check
 * stops DNS rebinding, the Origin check stops other sites' pages, the token stops other users of the same machine.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

const LOOPBACK_NAMES = ["127.0.0.1", "localhost"] as const;

/** The sub-protocol a window asks for; the token follows as a second one, `token.` in front, so that it is in no URL. */
export const SUBPROTOCOL = "quorum-lab";
const TOKEN_PREFIX = "token.";

/** 192 random bits, in letters that need no escape in a fragment or a sub-protocol. */
export function newToken(): string {
  return randomBytes(24).toString("base64url");
}

export function hostAllowed(header: string | undefined, port: number): boolean {
  return header !== undefined && LOOPBACK_NAMES.some((name) => header.toLowerCase() === `${name}:${port}`);
}

/** A page's origin; absent (a plain navigation, a tool) is allowed where `absentAllowed`. */
export function originAllowed(header: string | undefined, port: number, absentAllowed: boolean): boolean {
  if (header === undefined) return absentAllowed;
  return LOOPBACK_NAMES.some((name) => header.toLowerCase() === `http://${name}:${port}`);
}

export function tokenGiven(headers: IncomingHttpHeaders, token: string): boolean {
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((one) => one.trim());
  if (!offered.includes(SUBPROTOCOL)) return false;
  const wanted = Buffer.from(token);
  return offered.some((one) => {
    if (!one.startsWith(TOKEN_PREFIX)) return false;
    const given = Buffer.from(one.slice(TOKEN_PREFIX.length));
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

/**
 * The policy of the page. Scripts, styles, pictures and fonts come from the built folder alone. Two allowances, both for
 * xterm's DOM renderer: it makes `<style>` elements for its theme and cell size (they carry the nonce of this answer), and
 * it writes 24-bit colours as `style` attributes, for which CSP knows no nonce. Neither can load or run anything.
 * @param sockets origins that the page may connect to beside its own, such as `ws://127.0.0.1:8080`
 */
export function contentSecurityPolicy(nonce: string, sockets: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    ["connect-src 'self'", ...sockets].join(" "),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types svelte-trusted-html",
  ].join("; ");
}

/** The headers of every answer. */
export function safeHeaders(nonce: string, port: number): OutgoingHttpHeaders {
  return {
    "Content-Security-Policy": contentSecurityPolicy(
      nonce,
      LOOPBACK_NAMES.map((name) => `ws://${name}:${port}`),
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), payment=()",
    "X-Frame-Options": "DENY",
  };
}
