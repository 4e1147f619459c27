/**
 * The built window's files, found once at the start: a request can only name one of them, so no path can lead out of the
 * folder. The page carries a placeholder for the nonce, which is put in answer by answer.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** What `renderer/index.html` says where the nonce of an answer goes. */
const NONCE_PLACEHOLDER = "__CSP_NONCE__";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
};

export interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
  /** names with a hash in them never change: a browser may keep them */
  readonly immutable: boolean;
}

export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>;

  private constructor(files: ReadonlyMap<string, StaticFile>) {
    this.#files = files;
  }

  /**
   * Reads the folder whole (it is small). Source maps and files of unknown type are left out.
   * @throws Error when the folder has no index.html: it was not built
   */
  static async read(folder: string): Promise<StaticFiles> {
    const files = new Map<string, StaticFile>();
    // Folder by folder and not with `recursive`: inside Electron's asar archive only the plain form works.
    const visit = async (under: string): Promise<void> => {
      for (const entry of await readdir(join(folder, under), { withFileTypes: true })) {
        const name = `${under}/${entry.name}`;
        if (entry.isDirectory()) await visit(name);
        const type = TYPES[/\.[a-z0-9]+$/.exec(entry.name)?.[0] ?? ""];
        if (!entry.isFile() || type === undefined) continue;
        files.set(name, { type, body: await readFile(join(folder, name)), immutable: name.startsWith("/assets/") });
      }
    };
    await visit("");
    if (!files.has("/index.html")) throw new Error(`${folder} has no index.html: the window is not built (npm run build)`);
    return new StaticFiles(files);
  }

  /** @param target of the request line, such as `/assets/index-abc.js?x`; anything but an exact name is undefined */
  find(target: string): StaticFile | undefined {
    const path = target.split(/[?#]/, 1)[0] ?? "";
    return this.#files.get(path === "/" ? "/index.html" : path);
  }
}

/** The page with the nonce of this answer in it. */
export function withNonce(file: StaticFile, nonce: string): Buffer {
  if (!file.type.startsWith("text/html")) return file.body;
  return Buffer.from(file.body.toString("utf8").replaceAll(NONCE_PLACEHOLDER, nonce));
}
