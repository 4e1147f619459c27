/**
 * A host's file tree as the shell library sees it: the real folder, with the small programs under /usr/bin (they are no
 * files anywhere) and a /dev of its own laid over it.
 */
import { getCommandNames, getNetworkCommandNames, type IFileSystem, InMemoryFs, MountableFs, ReadWriteFs } from "just-bash";
import { EXIT_NOTICE } from "./language/attachment.ts";
import { KEEP } from "./language/shell-state.ts";
import type { HostFiles } from "./world.ts";

/** A snapshot of a big lab passes through `md5sum` and `cp`; more does not fit into one string. */
const FILE_BYTES_MAX = 400 * 1024 * 1024;

/** Where the library finds the commands that are not files of the tree. */
const COMMAND_FOLDER = "/usr/bin";

/** Where it finds those that the shell itself calls, too. */
const OWN_FOLDER = "/bin";
const HIDDEN = [KEEP, EXIT_NOTICE];

function folderOf(names: readonly string[]): IFileSystem {
  return new InMemoryFs(Object.fromEntries(names.map((name) => [`/${name}`, { content: `#!lab ${name}\n`, mode: 0o755 }])));
}

export function hostFileSystem(files: HostFiles, commandNames: readonly string[]): IFileSystem {
  const names = [...getCommandNames(), ...getNetworkCommandNames(), ...commandNames];
  const programs = folderOf(names);
  const devices = new InMemoryFs({ "/null": "", "/zero": "", "/tty": "", "/stdin": "", "/stdout": "", "/stderr": "" });
  return new MountableFs({
    base: new ReadWriteFs({ root: files.root, maxFileReadSize: FILE_BYTES_MAX, maxCopyOnWriteSize: 0, allowSymlinks: true }),
    mounts: [
      { mountPoint: COMMAND_FOLDER, filesystem: programs },
      { mountPoint: OWN_FOLDER, filesystem: folderOf([...names, ...HIDDEN]) },
      { mountPoint: "/dev", filesystem: devices },
    ],
  });
}
