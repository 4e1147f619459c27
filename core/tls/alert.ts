/**
 * A fatal alert in a connection whose handshake just ended. node:tls judges certificates only then and can but hang up,
 * while Go's clients tell their users what an alert says ("remote error: tls: bad certificate"). So the one record that is
 * missing is written here, with the traffic secret that the library hands out (RFC 8446, sections 5.2, 7.1 and 7.3).
 */
import { createCipheriv, createHmac } from "node:crypto";
import type { TLSSocket } from "node:tls";

export const ALERT = { badCertificate: 42, certificateExpired: 45, unknownCa: 48, internalError: 80, certificateRequired: 116 } as const;

const RECORD = { alert: 21, applicationData: 23 } as const;
const FATAL = 2;
const TAG_BYTES = 16;

type Suite = readonly [cipher: "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305", hash: "sha256" | "sha384", keyBytes: number];

const suites: Readonly<Record<string, Suite>> = {
  TLS_AES_128_GCM_SHA256: ["aes-128-gcm", "sha256", 16],
  TLS_AES_256_GCM_SHA384: ["aes-256-gcm", "sha384", 32],
  TLS_CHACHA20_POLY1305_SHA256: ["chacha20-poly1305", "sha256", 32],
};

/** Keeps the secret of a connection from node's "keylog" lines until it is known whether it is needed. */
export class TrafficSecrets {
  private readonly secrets = new WeakMap<TLSSocket, Buffer>();

  /** @param label the secret that the next record of ours will be written with, "SERVER_TRAFFIC_SECRET_0" for a server */
  constructor(private readonly label: string) {}

  note(line: Buffer, socket: TLSSocket): void {
    const [label, , secret] = line.toString("latin1").trim().split(" ");
    if (label === this.label && secret !== undefined) this.secrets.set(socket, Buffer.from(secret, "hex"));
  }

  /**
   * The bytes of an alert that is the first record under the secret.
   * @returns undefined where none can be made: the suite is unknown, or TLS 1.2 on a side that has spoken enciphered before
   */
  alert(socket: TLSSocket, description: number): Buffer | undefined {
    const secret = this.secrets.get(socket);
    if (secret === undefined) return undefined;
    const suite = suites[socket.getCipher().standardName];
    return suite === undefined ? undefined : encipher(suite, secret, description);
  }
}

/** An alert before anything is enciphered. */
export function plainAlert(description: number): Buffer {
  return Buffer.from([RECORD.alert, 3, 3, 0, 2, FATAL, description]);
}

function encipher([cipher, hash, keyBytes]: Suite, secret: Buffer, description: number): Buffer {
  const key = expandLabel(hash, secret, "key", keyBytes);
  // the nonce is the vector, because the number of the record is zero
  const nonce = expandLabel(hash, secret, "iv", 12);
  const inner = Buffer.from([FATAL, description, RECORD.alert]);
  const header = Buffer.from([RECORD.applicationData, 3, 3, 0, inner.length + TAG_BYTES]);
  const seal = createCipheriv(cipher as "chacha20-poly1305", key, nonce, { authTagLength: TAG_BYTES });
  seal.setAAD(header, { plaintextLength: inner.length });
  return Buffer.concat([header, seal.update(inner), seal.final(), seal.getAuthTag()]);
}

/** HKDF-Expand-Label with an empty context, for as much as one round of the hash gives. */
function expandLabel(hash: string, secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}
