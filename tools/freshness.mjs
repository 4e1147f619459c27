/** Whether dist was built from the sources as they are: told without loading a builder, because every start asks. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const project = fileURLToPath(new URL("..", import.meta.url));
export const dist = join(project, "dist");
const SOURCES = ["core", "electron", "renderer", "resources", "tools", "package.json", "package-lock.json"];
const stamp = join(dist, ".stamp");

/** A fingerprint of names, sizes and times of all sources: cheap, and any edit changes it. Code caches are good for one V8 alone. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.versions.v8} ${process.arch}\n`);
  const visit = (path) => {
    const info = statSync(path);
    if (info.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name));
    else if (!path.endsWith(".test.ts")) hash.update(`${relative(project, path)} ${info.size} ${info.mtimeMs}\n`);
  };
  for (const source of SOURCES) if (existsSync(join(project, source))) visit(join(project, source));
  return hash.digest("hex");
}

let now;

export function isFresh() {
  now ??= fingerprint();
  return existsSync(stamp) && readFileSync(stamp, "utf8") === now;
}

/** Remembers that dist now is what the sources were when `isFresh` looked, or else are now. */
export function noteBuilt() {
  writeFileSync(stamp, now ?? fingerprint());
}
