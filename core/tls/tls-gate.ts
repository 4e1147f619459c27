/**
 * TLS for accepted connections (client/pkg/transport/listener_tls.go): handshake, then the checks that etcd makes of the
 * other side's certificate. What comes through is an ordinary socket; what does not is told to the log and ends.
 * Files are read again for each handshake, the authorities only once, as etcd does it.
 */
import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from "node:tls";
import { ALERT, TrafficSecrets, plainAlert } from "./alert.ts";
import { type CertificateNames, hostnameProblem, namesOf } from "./certificate-names.ts";
import { hostProblem } from "./peer-host-names.ts";
import { revokedSerials } from "./revocation-list.ts";
import { type KeyPair, TlsError, type TlsInfo, asksClients, contextOptions, isEmpty, readAuthorities, readPair, readTlsFile } from "./tls-info.ts";
import { tlsErrorText, verdictText } from "./tls-words.ts";

/** A connection that did not come through. */
export interface Rejection {
  readonly remote: string;
  readonly serverName: string;
  /** of the certificate shown, if any */
  readonly names: CertificateNames | undefined;
  /** Go's words */
  readonly error: string;
}

interface TlsGateOptions {
  readonly info: TlsInfo;
  /** compare the other side's address with its certificate: on peer and metrics URLs, not on client URLs */
  readonly checkSan: boolean;
  /** protocols that may be agreed on, in the order of preference among those that are offered */
  readonly protocols: readonly string[];
  readonly accepted: (socket: TLSSocket) => void;
  readonly rejected: (rejection: Rejection) => void;
  /** a certificate that could not be read for a handshake */
  readonly unreadable?: (error: TlsError) => void;
}

const HANDSHAKE_MS = 10_000;
/** How long a rejected client may take to read why, ms. */
const FAREWELL_MS = 1000;

interface Handshake {
  readonly raw: Socket;
  readonly remote: string;
  readonly local: string;
}

const commonNames = new WeakMap<object, string>();
const verified = new WeakMap<object, TLSSocket>();

/** With --client-cert-auth, the common name of the verified certificate that a client showed; undefined for any other socket. */
export function verifiedCommonName(socket: object): string | undefined {
  return commonNames.get(socket);
}

/** With --client-cert-auth, the common names of all certificates from the client's to its authority's; v2 takes any of them for a user. */
export function verifiedChainNames(socket: object): readonly string[] {
  const names: string[] = [];
  const seen = new Set<string>();
  let certificate = verified.get(socket)?.getPeerCertificate(true);
  while (certificate?.fingerprint256 !== undefined && !seen.has(certificate.fingerprint256)) {
    seen.add(certificate.fingerprint256);
    const { CN } = certificate.subject;
    if (typeof CN === "string") names.push(CN);
    certificate = certificate.issuerCertificate;
  }
  return names;
}

/** What stands for a client's connection further in, stands for its certificate too. */
export function passCommonName(from: object, to: object): void {
  const name = commonNames.get(from);
  if (name !== undefined) commonNames.set(to, name);
  const socket = verified.get(from);
  if (socket !== undefined) verified.set(to, socket);
}

export class TlsGate {
  private readonly server: Server;
  private readonly authorities: readonly string[] | undefined;
  private readonly secrets = new TrafficSecrets("SERVER_TRAFFIC_SECRET_0");
  /** connections in their handshake, by what tells them apart */
  private readonly pending = new Map<string, Handshake>();
  private pair: KeyPair;

  /** @throws TlsError where the files are not such that one could ever listen with them */
  constructor(private readonly options: TlsGateOptions) {
    const { info } = options;
    if (info.keyFile === "" || info.certFile === "") throw new TlsError(`KeyFile and CertFile must both be present[key: ${info.keyFile}, cert: ${info.certFile}]`);
    this.pair = readPair(info.certFile, info.keyFile);
    checkInfo(info);
    this.authorities = info.trustedCaFile === "" ? undefined : readAuthorities(info.trustedCaFile);
    const { protocols } = options;
    this.server = createServer({
      ...this.context(),
      // judged below: node would hang up without a word
      requestCert: asksClients(info),
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MS,
      ALPNCallback: ({ protocols: offered }) => protocols.find((name) => offered.includes(name)),
    });
    if (asksClients(info)) this.server.on("keylog", (line, socket) => this.secrets.note(line, socket));
    this.server.on("secureConnection", (socket) => void this.judge(socket));
    this.server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
      const { remote, local } = this.settle(socket);
      const route = `read tcp ${local}->${remote}`;
      const text = error.code === "ERR_TLS_HANDSHAKE_TIMEOUT" ? `${route}: i/o timeout` : (tlsErrorText(error) ?? (error.code === "ECONNRESET" ? `${route}: read: connection reset by peer` : error.message));
      this.options.rejected({ remote, serverName: "", names: undefined, error: text });
      socket.destroy();
    });
  }

  /** Takes a fresh connection, or one whose first bytes were put back. */
  accept(raw: Socket): void {
    try {
      this.reload();
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      this.options.unreadable?.(error);
      this.options.rejected({ remote: addressOf(raw), serverName: "", names: undefined, error: error.message });
      // the client has said nothing yet that would need an answer of more than this
      raw.once("error", () => raw.destroy());
      raw.once("data", () => this.farewell(raw, plainAlert(ALERT.internalError)));
      raw.setTimeout(HANDSHAKE_MS, () => raw.destroy());
      return;
    }
    const key = keyOf(raw);
    this.pending.set(key, { raw, remote: addressOf(raw), local: hostPort(raw.localAddress, raw.localPort) });
    raw.once("close", () =>
      // a turn later: the TLS layer tells of its failure after the socket's end
      setImmediate(() => {
        if (this.pending.get(key)?.raw === raw) this.pending.delete(key);
      }),
    );
    this.server.emit("connection", raw);
  }

  /** Ends handshakes under way. */
  close(): void {
    for (const { raw } of this.pending.values()) raw.destroy();
  }

  private reload(): void {
    const { info } = this.options;
    const fresh = { cert: readTlsFile(info.certFile), key: readTlsFile(info.keyFile) };
    if (fresh.cert.equals(this.pair.cert) && fresh.key.equals(this.pair.key)) return;
    this.pair = readPair(info.certFile, info.keyFile, (name) => (name === info.certFile ? fresh.cert : fresh.key));
    this.server.setSecureContext(this.context());
  }

  private context(): SecureContextOptions {
    const { info } = this.options;
    return {
      ...contextOptions(info),
      ...this.pair,
      ...(this.authorities === undefined ? {} : { ca: [...this.authorities] }),
      // a session taken up again would not show its certificate: Go's clients never do it
      ...(asksClients(info) ? { secureOptions: constants.SSL_OP_NO_TICKET } : {}),
    };
  }

  /** Takes a handshake off the list of those under way. */
  private settle(socket: Socket): Handshake {
    let key = keyOf(socket);
    // a socket that is gone does not know any more whence it came
    if (!this.pending.has(key)) key = [...this.pending].find(([, { raw }]) => raw.destroyed)?.[0] ?? key;
    const handshake = this.pending.get(key) ?? { raw: socket, remote: addressOf(socket), local: "" };
    this.pending.delete(key);
    return handshake;
  }

  private async judge(socket: TLSSocket): Promise<void> {
    const { raw, remote } = this.settle(socket);
    const { info, checkSan, accepted } = this.options;
    const ignore = (): void => undefined;
    // errors belong to the new owner from the moment it has the socket
    socket.on("error", ignore);
    const certificate = asksClients(info) ? socket.getPeerX509Certificate() : undefined;
    const names = certificate === undefined ? undefined : namesOf(certificate);
    const reject = (error: string, alert?: number): void => {
      this.options.rejected({ remote, serverName: nameOf(socket), names, error });
      const bytes = alert === undefined ? undefined : socket.getProtocol() === "TLSv1.3" ? this.secrets.alert(socket, alert) : plainAlert(alert);
      if (bytes !== undefined && raw !== socket) this.farewell(raw, bytes);
      else socket.destroy();
    };
    if (asksClients(info)) {
      if (certificate === undefined || names === undefined) {
        reject("tls: client didn't provide a certificate", socket.getProtocol() === "TLSv1.3" ? ALERT.certificateRequired : ALERT.badCertificate);
        return;
      }
      if (!socket.authorized) {
        const verdict = verdictText(String(socket.authorizationError), certificate, new Date());
        const alert = verdict.includes("unknown authority") ? ALERT.unknownCa : verdict.includes("expired") ? ALERT.certificateExpired : ALERT.badCertificate;
        reject(`tls: failed to verify certificate: ${verdict}`, alert);
        return;
      }
      if (!isAllowed(info, names)) {
        reject("client certificate authentication failed", ALERT.badCertificate);
        return;
      }
      const problem = await this.lateProblem(socket, names, checkSan && !info.skipClientSanVerify);
      if (problem !== undefined) {
        reject(problem);
        return;
      }
      if (socket.destroyed) return;
      if (info.clientCertAuth) verified.set(socket, socket);
      if (info.clientCertAuth && names.commonName !== "") commonNames.set(socket, names.commonName);
    }
    socket.removeListener("error", ignore);
    accepted(socket);
  }

  /** What etcd looks at when the handshake is over: the address, and the list of what is revoked. */
  private async lateProblem(socket: TLSSocket, names: CertificateNames, checkSan: boolean): Promise<string | undefined> {
    const problem = checkSan ? await hostProblem(names, socket.remoteAddress ?? "") : undefined;
    const { crlFile } = this.options.info;
    if (problem !== undefined || crlFile === "") return problem;
    try {
      return revokedSerials(readTlsFile(crlFile)).has(names.serial) ? `transport: certificate serial ${names.serial} revoked` : undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Writes `bytes` beside the TLS layer and closes, leaving the client time to read them. */
  private farewell(raw: Socket, bytes: Buffer): void {
    raw.on("error", () => raw.destroy());
    raw.end(bytes);
    raw.resume();
    const timer = setTimeout(() => raw.destroy(), FAREWELL_MS);
    raw.once("close", () => clearTimeout(timer));
  }
}

/** What cannot be together. @throws TlsError */
function checkInfo(info: TlsInfo): void {
  if ((info.clientKeyFile === "") !== (info.clientCertFile === "")) {
    throw new TlsError(`ClientKeyFile and ClientCertFile must both be present or both absent: key: ${info.clientKeyFile}, cert: ${info.clientCertFile}]`);
  }
  if (info.clientCertFile !== "") readPair(info.clientCertFile, info.clientKeyFile);
  const list = (items: readonly string[]): string => `[${items.map((item) => JSON.stringify(item)).join(" ")}]`;
  if (info.allowedCns.length > 0 && info.allowedHostnames.length > 0) {
    throw new TlsError(`AllowedCNs and AllowedHostnames are mutually exclusive (cns=${list(info.allowedCns)}, hostnames=${list(info.allowedHostnames)})`);
  }
}

/** @throws TlsError "cannot listen on TLS for ADDRESS: KeyFile and CertFile are not presented" */
export function mustHavePair(info: TlsInfo | undefined, address: string): asserts info is TlsInfo {
  if (info === undefined || isEmpty(info)) throw new TlsError(`cannot listen on TLS for ${address}: KeyFile and CertFile are not presented`);
}

function isAllowed(info: TlsInfo, names: CertificateNames): boolean {
  if (info.allowedCns.length > 0) return info.allowedCns.includes(names.commonName);
  if (info.allowedHostnames.length > 0) return info.allowedHostnames.some((host) => hostnameProblem(names, host) === undefined);
  return true;
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ""} ${socket.remotePort ?? 0} ${socket.localPort ?? 0}`;
}

function addressOf(socket: Socket): string {
  return hostPort(socket.remoteAddress, socket.remotePort);
}

function hostPort(host = "", port = 0): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function nameOf(socket: TLSSocket): string {
  const { servername } = socket as { readonly servername?: string | false };
  return typeof servername === "string" ? servername : "";
}
