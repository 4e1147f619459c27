/** TLS for connections that this side opens (client/pkg/transport, ClientConfig): handshake and verdict, in Go's words. */
import { existsSync } from "node:fs";
import { isIP, type Socket } from "node:net";
import { connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { ALERT, TrafficSecrets } from "./alert.ts";
import { hostnameProblem, namesOf } from "./certificate-names.ts";
import { type KeyPair, type TlsInfo, TlsError, contextOptions, isEmpty, readAuthorities, readPair, readTlsFile } from "./tls-info.ts";
import { tlsErrorText, verdictText } from "./tls-words.ts";

/** The handshake failed; the message is Go's. */
class HandshakeError extends Error {
  override readonly name = "HandshakeError";
  readonly code = "tls.handshake";
}

/** Where Go looks for the system's authorities. */
const systemBundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem", "/etc/ssl/cert.pem"];

export class TlsDialer {
  private readonly authorities: readonly string[] | undefined;
  private readonly secrets = new TrafficSecrets("CLIENT_HANDSHAKE_TRAFFIC_SECRET");
  /** of the last handshake; good for the next one while the files say the same */
  private last: { readonly pair: KeyPair | undefined; readonly context: SecureContext } | undefined;

  /**
   * @param protocols for ALPN; none: nothing is said
   * @param read how to get at a file that `info` names
   * @throws TlsError where the files are not such that one could ever dial with them
   */
  constructor(
    readonly info: TlsInfo,
    private readonly protocols: readonly string[],
    private readonly read: (name: string) => Buffer = readTlsFile,
  ) {
    if (!isEmpty(info)) {
      if (info.certFile === "" || info.keyFile === "") throw new TlsError(`KeyFile and CertFile must both be present[key: ${info.keyFile}, cert: ${info.certFile}]`);
      readPair(info.certFile, info.keyFile, read);
      if ((info.clientKeyFile === "") !== (info.clientCertFile === "")) {
        throw new TlsError(`ClientKeyFile and ClientCertFile must both be present or both absent: key: ${info.clientKeyFile}, cert: ${info.clientCertFile}]`);
      }
    }
    this.authorities = info.trustedCaFile === "" ? undefined : readAuthorities(info.trustedCaFile, read);
    this.pair();
  }

  /**
   * The handshake on a connected socket; the result takes over the socket, and so do failures.
   * @param host as it stands in the URL
   * @throws HandshakeError, TlsError
   */
  handshake(raw: Socket, host: string): Promise<TLSSocket> {
    const name = this.info.serverName === "" ? host : this.info.serverName;
    return new Promise((resolve, reject) => {
      let socket: TLSSocket;
      try {
        socket = connect({
          socket: raw,
          secureContext: this.context(),
          ...(this.protocols.length > 0 ? { ALPNProtocols: [...this.protocols] } : {}),
          servername: isIP(name) === 0 ? name : "",
          // judged below, so that the words are Go's and the other side gets its alert
          rejectUnauthorized: false,
          checkServerIdentity: () => undefined,
        });
      } catch (error) {
        raw.destroy();
        reject(error as Error);
        return;
      }
      const fail = (error: NodeJS.ErrnoException): void => {
        const text = tlsErrorText(error) ?? error.message;
        reject(new HandshakeError(text, { cause: error }));
        socket.destroy();
      };
      const closed = (): void => fail(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }));
      socket.on("keylog", (line: Buffer) => this.secrets.note(line, socket));
      socket.once("error", fail);
      socket.once("close", closed);
      socket.once("secureConnect", () => {
        socket.removeListener("close", closed);
        const problem = this.problem(socket, name);
        if (problem === undefined) {
          socket.removeListener("error", fail);
          resolve(socket);
          return;
        }
        reject(new HandshakeError(`tls: failed to verify certificate: ${problem}`));
        const alert = this.secrets.alert(socket, ALERT.badCertificate);
        if (alert !== undefined) raw.write(alert);
        setImmediate(() => socket.destroy());
      });
    });
  }

  private context(): SecureContext {
    const pair = this.pair();
    const { last } = this;
    if (last !== undefined && (pair === undefined || (last.pair?.cert.equals(pair.cert) === true && last.pair.key.equals(pair.key)))) return last.context;
    const authorities = this.authorities ?? systemAuthorities();
    const context = createSecureContext({ ...contextOptions(this.info), ...pair, ...(authorities === undefined ? {} : { ca: [...authorities] }) });
    this.last = { pair, context };
    return context;
  }

  /** Read for each handshake: a renewed certificate counts at once. */
  private pair(): KeyPair | undefined {
    const { info } = this;
    if (isEmpty(info)) return undefined;
    return info.clientCertFile === "" ? readPair(info.certFile, info.keyFile, this.read) : readPair(info.clientCertFile, info.clientKeyFile, this.read);
  }

  private problem(socket: TLSSocket, name: string): string | undefined {
    if (this.info.insecureSkipVerify || this.info.selfCert) return undefined;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return "x509: certificate signed by unknown authority";
    const problem = socket.authorized ? undefined : verdictText(String(socket.authorizationError), certificate, new Date());
    return problem ?? hostnameProblem(namesOf(certificate), name);
  }
}

let systemPool: { readonly authorities: readonly string[] | undefined } | undefined;

/** undefined: node's own list */
function systemAuthorities(): readonly string[] | undefined {
  const file = process.env.SSL_CERT_FILE ?? systemBundles.find((name) => existsSync(name));
  systemPool ??= { authorities: file === undefined || !existsSync(file) ? undefined : [readTlsFile(file).toString("latin1")] };
  return systemPool.authorities;
}
