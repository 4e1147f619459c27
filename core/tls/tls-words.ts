/** What failed in TLS, in Go's words, because tools and people search for those (crypto/tls alert.go, crypto/x509). */
import type { X509Certificate } from "node:crypto";

/** Alerts by number. */
const alerts: Readonly<Record<number, string>> = {
  0: "close notify",
  10: "unexpected message",
  20: "bad record MAC",
  21: "decryption failed",
  22: "record overflow",
  40: "handshake failure",
  42: "bad certificate",
  43: "unsupported certificate",
  44: "revoked certificate",
  45: "expired certificate",
  46: "unknown certificate",
  47: "illegal parameter",
  48: "unknown certificate authority",
  49: "access denied",
  50: "error decoding message",
  51: "error decrypting message",
  70: "protocol version not supported",
  71: "insufficient security level",
  80: "internal error",
  86: "inappropriate fallback",
  90: "user canceled",
  100: "no renegotiation",
  109: "missing extension",
  110: "unsupported extension",
  112: "unrecognized name",
  115: "unknown PSK identity",
  116: "certificate required",
  120: "no application protocol",
};

const errors: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: "tls: first record does not look like a TLS handshake",
  ERR_SSL_HTTP_REQUEST: "tls: first record does not look like a TLS handshake",
  ERR_SSL_HTTPS_PROXY_REQUEST: "tls: first record does not look like a TLS handshake",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "tls: first record does not look like a TLS handshake",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "tls: client offered only unsupported versions",
  ERR_SSL_UNKNOWN_PROTOCOL: "tls: client offered only unsupported versions",
  ERR_SSL_NO_SHARED_CIPHER: "tls: no cipher suite supported by both client and server",
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: "tls: peer doesn't support any of the certificate's signature algorithms",
  ERR_SSL_NO_APPLICATION_PROTOCOL: "tls: client requested unsupported application protocols",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "tls: client didn't provide a certificate",
  ECONNRESET: "EOF",
  EPIPE: "EOF",
};

/** An error of node:tls or its socket as Go would say it; undefined where it is none of TLS. */
export function tlsErrorText(error: NodeJS.ErrnoException): string | undefined {
  const number = /SSL alert number (\d+)/.exec(error.message)?.[1];
  if (number !== undefined) return `remote error: tls: ${alerts[Number(number)] ?? `alert(${number})`}`;
  const { code = "" } = error;
  if (code === "ECONNRESET" && !error.message.includes("TLS") && !error.message.includes("socket hang up")) return undefined;
  return errors[code] ?? (code.startsWith("ERR_SSL_") ? `tls: ${code.slice("ERR_SSL_".length).toLowerCase().replaceAll("_", " ")}` : undefined);
}

const UNKNOWN_AUTHORITY = "x509: certificate signed by unknown authority";

const verdicts: Readonly<Record<string, string>> = {
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_UNTRUSTED: UNKNOWN_AUTHORITY,
  INVALID_CA: "x509: invalid signature: parent certificate cannot sign this kind of certificate",
  INVALID_PURPOSE: "x509: certificate specifies an incompatible key usage",
  PATH_LENGTH_EXCEEDED: "x509: too many intermediates for path length constraint",
  CERT_CHAIN_TOO_LONG: "x509: too many intermediates for path length constraint",
};

/** Why a certificate was not taken. @param code node's authorizationError */
export function verdictText(code: string, certificate: X509Certificate, now: Date): string {
  const at = (time: string): string => `${new Date(time).toISOString().slice(0, 19)}Z`;
  const current = `${now.toISOString().slice(0, 19)}Z`;
  if (code === "CERT_HAS_EXPIRED") return `x509: certificate has expired or is not yet valid: current time ${current} is after ${at(certificate.validTo)}`;
  if (code === "CERT_NOT_YET_VALID") return `x509: certificate has expired or is not yet valid: current time ${current} is before ${at(certificate.validFrom)}`;
  return verdicts[code] ?? `x509: ${code.toLowerCase().replaceAll("_", " ")}`;
}
