/** Serials of a certificate revocation list in DER (RFC 5280, section 5), as --client-crl-file and --peer-crl-file name one. */
import { DerError, TAG, type DerValue, readDer } from "./der.ts";

const MALFORMED = "x509: malformed crl";

/** @returns serials in lower-case hex, two digits a byte. @throws DerError with Go's words; a PEM file is none */
export function revokedSerials(bytes: Buffer): ReadonlySet<string> {
  try {
    const [list] = readDer(bytes);
    const [body] = readDer(sequence(list));
    const parts = readDer(sequence(body));
    // version is optional; signature algorithm, issuer and the time of issue are not; the time of the next issue is again
    let at = parts[0]?.tag === TAG.integer ? 1 : 0;
    sequence(parts[at++]);
    sequence(parts[at++]);
    if (!isTime(parts[at++])) throw new DerError(MALFORMED);
    if (isTime(parts[at])) at++;
    const revoked = parts[at];
    if (revoked?.tag !== TAG.sequence) return new Set();
    return new Set(
      readDer(revoked.content).map((entry) => {
        const [serial] = readDer(sequence(entry));
        if (serial?.tag !== TAG.integer) throw new DerError(MALFORMED);
        return serial.content.toString("hex").replace(/^(00)+(?=..)/, "");
      }),
    );
  } catch (error) {
    if (error instanceof DerError) throw new DerError(MALFORMED, { cause: error });
    throw error;
  }
}

function sequence(value: DerValue | undefined): Buffer {
  if (value?.tag !== TAG.sequence) throw new DerError(MALFORMED);
  return value.content;
}

function isTime(value: DerValue | undefined): boolean {
  return value?.tag === TAG.utcTime || value?.tag === TAG.generalizedTime;
}
