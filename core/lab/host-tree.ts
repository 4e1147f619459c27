/**
 * A host's files: a real folder under the lab's. A path of the host is resolved here, name by name, with links followed
 * inside the folder; so nothing that a user or a program writes there can lead out of it.
 */
import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { posix, sep } from "node:path";
import type { HostFiles } from "../shell/world.ts";

const LINKS_MAX = 40;

class HostPathError extends Error {
  readonly code = "ELOOP";
}

export class HostTree implements HostFiles {
  readonly root: string;

  /** @param root an existing folder */
  constructor(root: string) {
    this.root = realpathSync(root);
  }

  real(name: string, cwd = "/"): string {
    let pending = posix.resolve("/", cwd, name.replaceAll("\\", "/")).split("/").filter(Boolean);
    let done: string[] = [];
    let links = 0;
    while (pending.length > 0) {
      const [next, ...rest] = pending as [string, ...string[]];
      pending = rest;
      if (next === "..") {
        done.pop();
        continue;
      }
      if (next === ".") continue;
      const target = this.linkAt([...done, next]);
      if (target === undefined) {
        done.push(next);
        continue;
      }
      if (++links > LINKS_MAX) throw new HostPathError(`too many levels of symbolic links: ${name}`);
      if (target.startsWith("/")) done = [];
      pending = [...target.split("/").filter(Boolean), ...pending];
    }
    return [this.root, ...done].join(sep);
  }

  shown(real: string): string {
    if (real === this.root) return "/";
    return real.startsWith(this.root + sep) ? real.slice(this.root.length).replaceAll(sep, "/") : real;
  }

  /** Replaces real paths in a text, such as a log line, by what the host's users know. */
  shownText(text: string): string {
    return text.includes(this.root) ? text.replaceAll(`${this.root}/`, "/").replaceAll(this.root, "/") : text;
  }

  /** Where a link leads, as the host sees it; undefined when there is no link. */
  private linkAt(parts: readonly string[]): string | undefined {
    const path = [this.root, ...parts].join(sep);
    try {
      if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return undefined;
    } catch (error) {
      // below a file there is nothing
      if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
      throw error;
    }
    return this.shown(readlinkSync(path)).replaceAll("\\", "/");
  }
}
