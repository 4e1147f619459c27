/** Where a lab lives when nobody says, and where this program's own parts lie. */
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The user's data directory of this program, as the system has it. */
export function dataFolder(): string {
  const { env, platform } = process;
  const base =
    platform === "darwin"
      ? join(homedir(), "Library", "Application Support")
      : platform === "win32"
        ? (env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"))
        : (env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"));
  return join(base, "quorum-lab");
}

export function defaultLabFolder(): string {
  return join(dataFolder(), "lab");
}

/** The library of labs. */
export function libraryFolder(): string {
  return join(dataFolder(), "labs");
}

/** Where saved labs go: beside the library. */
export function savedFolder(library: string | undefined): string {
  return join(dirname(resolve(library ?? libraryFolder())), "saved-labs");
}

/** The folder dist, from the bundled program that lies in dist/lib. */
function distFolder(): string {
  return dirname(dirname(fileURLToPath(import.meta.url)));
}

export function etcdProgram(): string {
  return join(distFolder(), "bin", "etcd");
}

/** In a packed or built program beside it, and in a working copy where they are written. */
export function drillsFolder(): string {
  return join(distFolder(), "drills");
}

export function windowFolder(): string {
  return join(distFolder(), "window");
}
