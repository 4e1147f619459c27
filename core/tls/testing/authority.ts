/** Certificates for tests, made by openssl on the spot; nothing of it outlives the test's folder. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const hasOpenssl = spawnSync("openssl", ["version"]).error === undefined;
export const needsOpenssl = "needs openssl: apt-get install openssl";

export interface Pair {
  readonly certFile: string;
  readonly keyFile: string;
}

const NAMES = "IP:127.0.0.1,DNS:localhost";

export class TestAuthority {
  readonly caFile: string;
  private readonly caKeyFile: string;

  /** @param folder where all files go */
  constructor(
    private readonly folder: string,
    private readonly name = "ca",
  ) {
    this.caFile = join(folder, `${name}.crt`);
    this.caKeyFile = join(folder, `${name}.key`);
    this.openssl("req", "-x509", ...this.newKey(this.caKeyFile), "-days", "2", "-out", this.caFile, "-subj", `/CN=${name}`, "-addext", "keyUsage=critical,keyCertSign,cRLSign");
  }

  /** @param names subjectAltName; "" for none. @param days negative: expired */
  issue(commonName: string, { names = NAMES, days = 1, file = commonName }: { readonly names?: string; readonly days?: number; readonly file?: string } = {}): Pair {
    const path = (ending: string): string => join(this.folder, `${this.name}-${file}.${ending}`);
    const pair = { certFile: path("crt"), keyFile: path("key") };
    writeFileSync(path("cnf"), `extendedKeyUsage=serverAuth,clientAuth\n${names === "" ? "" : `subjectAltName=${names}\n`}`);
    this.openssl("req", ...this.newKey(pair.keyFile), "-out", path("csr"), "-subj", `/O=test/CN=${commonName}`);
    const serial = `0x${(Date.now() * 1000 + Math.floor(Math.random() * 1000)).toString(16)}`;
    const signing = ["x509", "-req", "-in", path("csr"), "-CA", this.caFile, "-CAkey", this.caKeyFile, "-set_serial", serial, "-days", String(days), "-extfile", path("cnf"), "-out", pair.certFile];
    this.openssl(...signing);
    return pair;
  }

  /** A list in DER that revokes the certificates. */
  revoke(...pairs: readonly Pair[]): string {
    const path = (ending: string): string => join(this.folder, `${this.name}-revoked.${ending}`);
    writeFileSync(path("index"), "");
    writeFileSync(path("cnf"), `[ca]\ndefault_ca=d\n[d]\ndatabase=${path("index")}\ndefault_md=sha256\ndefault_crl_days=1\n`);
    const ca = ["ca", "-config", path("cnf"), "-cert", this.caFile, "-keyfile", this.caKeyFile];
    for (const { certFile } of pairs) this.openssl(...ca, "-revoke", certFile);
    this.openssl(...ca, "-gencrl", "-out", path("pem"));
    this.openssl("crl", "-in", path("pem"), "-outform", "DER", "-out", path("crl"));
    return path("crl");
  }

  private newKey(file: string): string[] {
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file];
  }

  private openssl(...args: string[]): void {
    execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  }
}

export function openssl(...args: string[]): string {
  return execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Puts the files of one pair where those of another stand, as a renewal does. */
export function replacePair(target: Pair, source: Pair): void {
  writeFileSync(target.certFile, readFileSync(source.certFile));
  writeFileSync(target.keyFile, readFileSync(source.keyFile));
}
