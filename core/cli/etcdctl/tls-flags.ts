/** --cert, --key, --cacert and their like as a dialler (client/v3/config.go, newTLSConfig). */
import { readTlsFile, TlsError, type TlsInfo, noTls } from "../../tls/tls-info.ts";
import { TlsDialer } from "../../tls/tls-dial.ts";
import { Exit, ExitError } from "../cobra/command.ts";
import type { ProgramIo } from "../program.ts";

interface TlsFlags {
  string(name: string): string;
  bool(name: string): boolean;
}

/**
 * @returns undefined where nothing asks for TLS: then only an https endpoint has it
 * @throws ExitError 128 with Go's words
 */
export function tlsDialer(flags: TlsFlags, io: Pick<ProgramIo, "path">): TlsDialer | undefined {
  const serverName = flags.bool("insecure-discovery") ? "" : flags.string("discovery-srv");
  const info: TlsInfo = {
    ...noTls,
    certFile: flags.string("cert"),
    keyFile: flags.string("key"),
    trustedCaFile: flags.string("cacert"),
    insecureSkipVerify: flags.bool("insecure-skip-tls-verify"),
    serverName,
  };
  const asked = [info.certFile, info.keyFile, info.trustedCaFile, serverName].some((value) => value !== "");
  if (!asked && flags.bool("insecure-transport") && !info.insecureSkipVerify) return undefined;
  try {
    return new TlsDialer(info, ["h2"], (name) => readMapped(name, io));
  } catch (error) {
    if (error instanceof TlsError) throw new ExitError(Exit.BadArgs, error.message, { cause: error });
    throw error;
  }
}

/** A lab's shell keeps its files elsewhere than their names say; errors go by the names. */
function readMapped(name: string, io: Pick<ProgramIo, "path">): Buffer {
  const real = io.path(name);
  try {
    return readTlsFile(real);
  } catch (error) {
    if (error instanceof TlsError) throw new TlsError(error.message.replace(real, name), { cause: error });
    throw error;
  }
}
