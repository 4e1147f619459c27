/**
 * What a listener or a dialler knows about TLS (client/pkg/transport/listener.go, TLSInfo): names of files, which are read
 * again for each handshake, so that a renewed certificate counts without a restart. Error texts are Go's.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { SecureContextOptions, SecureVersion } from "node:tls";
import { cipherList } from "./cipher-suites.ts";

/** TLS cannot be set up with this; the message is Go's or etcd's. */
export class TlsError extends Error {
  override readonly name: string = "TlsError";
  readonly code = "tls.setup";
}

export interface TlsInfo {
  readonly certFile: string;
  readonly keyFile: string;
  /** for dialling; empty: the pair above */
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
  readonly trustedCaFile: string;
  readonly clientCertAuth: boolean;
  readonly crlFile: string;
  readonly allowedCns: readonly string[];
  readonly allowedHostnames: readonly string[];
  readonly skipClientSanVerify: boolean;
  /** Go's names; empty: Go's default */
  readonly cipherSuites: readonly string[];
  readonly minVersion: SecureVersion;
  /** undefined: the highest there is */
  readonly maxVersion: SecureVersion | undefined;
  /** made on the spot: whoever dials with it does not ask who answers */
  readonly selfCert: boolean;
  readonly insecureSkipVerify: boolean;
  /** the name that the other side's certificate must be valid for; empty: the host dialled */
  readonly serverName: string;
}

export const noTls: TlsInfo = {
  certFile: "",
  keyFile: "",
  clientCertFile: "",
  clientKeyFile: "",
  trustedCaFile: "",
  clientCertAuth: false,
  crlFile: "",
  allowedCns: [],
  allowedHostnames: [],
  skipClientSanVerify: false,
  cipherSuites: [],
  minVersion: "TLSv1.2",
  maxVersion: undefined,
  selfCert: false,
  insecureSkipVerify: false,
  serverName: "",
};

export function isEmpty(info: TlsInfo): boolean {
  return info.certFile === "" && info.keyFile === "";
}

/** As Go prints it, for the log. */
export function describe(info: TlsInfo): string {
  return `cert = ${info.certFile}, key = ${info.keyFile}, client-cert=${info.clientCertFile}, client-key=${info.clientKeyFile}, trusted-ca = ${info.trustedCaFile}, client-cert-auth = ${info.clientCertAuth}, crl-file = ${info.crlFile}`;
}

/** Clients must show a certificate. */
export function asksClients(info: TlsInfo): boolean {
  return info.trustedCaFile !== "" || info.clientCertAuth;
}

/** @throws TlsError "open NAME: no such file or directory" */
export function readTlsFile(name: string): Buffer {
  try {
    return readFileSync(name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const words: Readonly<Record<string, string>> = { ENOENT: "no such file or directory", EACCES: "permission denied", EISDIR: "is a directory", ENOTDIR: "not a directory" };
    const verb = code === "EISDIR" ? "read" : "open";
    throw new TlsError(`${verb} ${name}: ${words[code ?? ""] ?? (error as Error).message}`, { cause: error });
  }
}

export interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads and checks a certificate with its key, as Go's tls.X509KeyPair does. @throws TlsError */
export function readPair(certFile: string, keyFile: string, read: (name: string) => Buffer = readTlsFile): KeyPair {
  const pair = { cert: read(certFile), key: read(keyFile) };
  checkPair(pair);
  return pair;
}

function labels(pem: Buffer): string[] {
  return [...pem.toString("latin1").matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map((match) => match[1]!);
}

function checkPair({ cert, key }: KeyPair): void {
  const kinds = labels(cert);
  if (kinds.length === 0) throw new TlsError("tls: failed to find any PEM data in certificate input");
  if (!kinds.includes("CERTIFICATE")) {
    if (kinds.length === 1 && kinds[0]!.endsWith("PRIVATE KEY")) {
      throw new TlsError("tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched");
    }
    throw new TlsError(`tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${kinds.join(" ")}]`);
  }
  const keyKinds = labels(key);
  if (keyKinds.length === 0) throw new TlsError("tls: failed to find any PEM data in key input");
  if (!keyKinds.some((kind) => kind.endsWith("PRIVATE KEY"))) {
    if (keyKinds.length === 1 && keyKinds[0] === "CERTIFICATE") throw new TlsError("tls: found a certificate rather than a key in the PEM for the private key");
    throw new TlsError(`tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${keyKinds.join(" ")}]`);
  }
  const certificate = parseCertificate(cert);
  let owns: boolean;
  try {
    owns = certificate.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new TlsError("tls: failed to parse private key", { cause: error });
  }
  if (!owns) throw new TlsError("tls: private key does not match public key");
}

/** The first certificate of a PEM file. @throws TlsError */
function parseCertificate(pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new TlsError("x509: malformed certificate", { cause: error });
  }
}

/** The authorities of a PEM file, one PEM text each; none is no error. @throws TlsError */
export function readAuthorities(file: string, read: (name: string) => Buffer = readTlsFile): string[] {
  const text = read(file).toString("latin1");
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  for (const block of blocks) parseCertificate(Buffer.from(block));
  return blocks;
}

/** Everything of node:tls's options but the key material. */
export function contextOptions(info: TlsInfo): SecureContextOptions {
  return {
    minVersion: info.minVersion,
    ...(info.maxVersion === undefined ? {} : { maxVersion: info.maxVersion }),
    ciphers: cipherList(info.cipherSuites),
    honorCipherOrder: true,
    // a certificate in the pool is trusted, whoever signed it
    ...{ allowPartialTrustChain: true },
  };
}
