/** The TLS flags (server/embed/config.go): what --cert-file, --peer-cert-file and their like come down to. */
import type { SecureVersion } from "node:tls";
import { cipherSuiteProblem } from "../../tls/cipher-suites.ts";
import { type TlsInfo, TlsError, describe, isEmpty, noTls } from "../../tls/tls-info.ts";
import type { ZapLog } from "./log.ts";
import { makeSelfSigned } from "./self-signed-files.ts";
import { ValueError, addressOf } from "./values.ts";

export interface TlsSettings {
  readonly client: TlsInfo;
  readonly peer: TlsInfo;
  /** --auto-tls, --peer-auto-tls */
  readonly clientAuto: boolean;
  readonly peerAuto: boolean;
  readonly selfSignedYears: number;
  readonly cipherSuites: readonly string[];
}

/** What the flags are read with. */
interface Values {
  text(name: string): string;
  bool(name: string): boolean;
  number(name: string): number;
}

const versions: Readonly<Record<string, SecureVersion | undefined>> = { "": undefined, "TLS1.2": "TLSv1.2", "TLS1.3": "TLSv1.3" };

/** @throws ValueError with etcd's words */
export function tlsSettings(values: Values): TlsSettings {
  const list = (name: string): string[] => (values.text(name) === "" ? [] : values.text(name).split(","));
  const cipherSuites = list("cipher-suites");
  const [minText, maxText] = [values.text("tls-min-version"), values.text("tls-max-version")];
  for (const text of [minText, maxText]) if (!(text in versions)) throw new ValueError(`unexpected TLS version ${JSON.stringify(text)} (must be one of: TLS1.2, TLS1.3)`);
  const [min, max] = [versions[minText], versions[maxText]];
  // an empty minimum is Go's own, which is 1.2
  if (max !== undefined && min !== undefined && min > max) throw new ValueError(`min version (${minText}) is greater than max version (${maxText})`);
  if (min === "TLSv1.3" && cipherSuites.length > 0) throw new ValueError("cipher suites cannot be configured when only TLS1.3 is enabled");
  const common = { ...noTls, cipherSuites, minVersion: min ?? ("TLSv1.2" as const), maxVersion: max };
  const info = (prefix: "" | "peer-", own: Partial<TlsInfo>): TlsInfo => ({
    ...common,
    certFile: values.text(`${prefix}cert-file`),
    keyFile: values.text(`${prefix}key-file`),
    clientCertFile: values.text(`${prefix}client-cert-file`),
    clientKeyFile: values.text(`${prefix}client-key-file`),
    trustedCaFile: values.text(`${prefix}trusted-ca-file`),
    clientCertAuth: values.bool(`${prefix}client-cert-auth`),
    ...own,
  });
  return {
    client: info("", { crlFile: values.text("client-crl-file"), allowedHostnames: list("client-cert-allowed-hostname") }),
    peer: info("peer-", {
      crlFile: values.text("peer-crl-file"),
      allowedCns: list("peer-cert-allowed-cn"),
      allowedHostnames: list("peer-cert-allowed-hostname"),
      skipClientSanVerify: values.bool("peer-skip-client-san-verification"),
    }),
    clientAuto: values.bool("auto-tls"),
    peerAuto: values.bool("peer-auto-tls"),
    selfSignedYears: values.number("self-signed-cert-validity"),
    cipherSuites,
  };
}

/** @throws TlsError */
function checkCiphers(names: readonly string[]): void {
  const problem = cipherSuiteProblem(names);
  if (problem !== undefined) throw new TlsError(problem);
}

/** TLS of the peer listeners, with a certificate made where one is asked for. @throws TlsError */
export function preparePeerTls(settings: TlsSettings, listenUrls: readonly string[], dataDir: string, log: ZapLog): TlsInfo {
  checkCiphers(settings.cipherSuites);
  const info = prepare(settings.peer, settings.peerAuto, "peer", settings.selfSignedYears, listenUrls, dataDir, log);
  if (!isEmpty(info)) log.info("starting with peer TLS", { "tls-info": describe(info), "cipher-suites": settings.cipherSuites });
  return info;
}

/** The same for the client listeners. @throws TlsError */
export function prepareClientTls(settings: TlsSettings, listenUrls: readonly string[], dataDir: string, log: ZapLog): TlsInfo {
  return prepare(settings.client, settings.clientAuto, "client", settings.selfSignedYears, listenUrls, dataDir, log);
}

export function tellClientTls(info: TlsInfo, cipherSuites: readonly string[], log: ZapLog): void {
  if (!isEmpty(info)) log.info("starting with client TLS", { "tls-info": describe(info), "cipher-suites": cipherSuites });
}

function prepare(info: TlsInfo, auto: boolean, side: "peer" | "client", years: number, listenUrls: readonly string[], dataDir: string, log: ZapLog): TlsInfo {
  if (!auto) return info;
  if (!isEmpty(info)) {
    log.warn(`ignoring ${side} auto TLS since certs given`);
    return info;
  }
  const hosts = listenUrls.map((url) => (url.startsWith("unix") ? "" : addressOf(url).host));
  const made = makeSelfSigned(dataDir, side, hosts, years, log);
  const { certFile, keyFile } = made;
  // what was said about clients' certificates does not count with a certificate made on the spot, as in etcd
  const { cipherSuites, minVersion, maxVersion } = info;
  return { ...noTls, cipherSuites, minVersion, maxVersion, certFile, keyFile, clientCertFile: certFile, clientKeyFile: keyFile, selfCert: true };
}
