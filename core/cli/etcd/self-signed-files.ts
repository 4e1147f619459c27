/** The files of --auto-tls: DATA-DIR/fixtures/{client,peer}/{cert,key}.pem, made once and kept (transport.SelfCert). */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { selfSigned } from "../../tls/self-signed.ts";
import { TlsError } from "../../tls/tls-info.ts";
import { type ZapLog, timestamp } from "./log.ts";

/** There is no certificate, and none could be made. */
export class SelfSignedError extends TlsError {
  constructor(
    readonly side: "peer" | "client" | "proxy",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** @throws SelfSignedError */
export function makeSelfSigned(dataDir: string, side: "peer" | "client" | "proxy", hosts: readonly string[], years: number, log: ZapLog): { readonly certFile: string; readonly keyFile: string } {
  if (years === 0) {
    const error = new SelfSignedError(side, "selfSignedCertValidity is invalid,it should be greater than 0");
    log.warn("cannot generate cert", { error });
    throw error;
  }
  const folder = resolve(dataDir, "fixtures", side);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = { certFile: resolve(folder, "cert.pem"), keyFile: resolve(folder, "key.pem") };
  if (existsSync(files.certFile) && existsSync(files.keyFile)) return files;
  const made = selfSigned(
    hosts.filter((host) => host !== ""),
    years,
    new Date(),
  );
  log.warn("automatically generate certificates", { "certificate-validity-bound-not-after": timestamp(made.notAfter) });
  writeFileSync(files.certFile, made.certificate);
  log.info("created cert file", { path: files.certFile });
  writeFileSync(files.keyFile, made.key, { mode: 0o600 });
  log.info("created key file", { path: files.keyFile });
  return files;
}
