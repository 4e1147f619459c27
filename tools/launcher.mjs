/**
 * The text of dist/bin/NAME. It starts the program whose code lies in ../lib as one script, with what V8 made of that script when
 * the program was built (tools/code-cache.mjs) beside it: a start then neither parses nor compiles what every start uses.
 *
 * A cache is taken only where it was made of these very bytes (two checksums, ours) by this V8 under these flags (V8's own
 * check); else it is as if it were not there. It has the trust of the program itself and lies where the program lies.
 */

/** Bytes before V8's data in a cache: "QLCC", CRC-32 of the script, CRC-32 of the data, four spare ones (V8 wants eight's multiple). */
export const CACHE_HEAD_BYTES = 16;

/**
 * @param {string} name of the script in ../lib, without .js
 * @param {object} options
 * @param {string} [options.flags] of V8; set before anything is compiled, because V8 takes no cache made under other flags
 * @param {readonly string[]} [options.early] modules of node that every start uses: loaded before the flags are set, because node's
 *   own caches of them were made without
 * @param {readonly string[]} [options.parts] modules that are scripts of their own in ../lib
 * @param {boolean} [options.signals] SIGINT and SIGTERM are noted from the first line on: a program with an end of its own (core/cli/node-io.ts)
 *   finds those that came while it was loaded in globalThis[Symbol.for("quorum-lab.signals")]
 * @param {boolean} [options.keeps] makes the caches: at the end, and whenever SIGUSR2 comes
 */
export function launcherText(name, { flags = "", early = [], parts = [], signals = false, keeps = false } = {}) {
  return `#!/usr/bin/env node
"use strict";
${signals ? NOTING : ""}const { readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { Script } = require("node:vm");
const { crc32 } = require("node:zlib");
${early.map((id) => `require("node:${id}");\n`).join("")}${flags === "" ? "" : `require("node:v8").setFlagsFromString(${JSON.stringify(flags)});\n`}
const lib = join(dirname(__dirname), "lib");
const home = ${keeps ? 'require("node:fs").realpathSync(lib)' : "lib"};
const parts = new Map(${JSON.stringify(parts.map((part) => [part, null]))});

function cacheOf(name, source) {
  try {
    const bytes = readFileSync(join(lib, name + ".cache"));
    const data = bytes.subarray(${CACHE_HEAD_BYTES});
    const fits = bytes.latin1Slice(0, 4) === "QLCC" && bytes.readUInt32LE(4) === crc32(source) && bytes.readUInt32LE(8) === crc32(data);
    return fits ? data : undefined;
  } catch {
    return undefined; // it is only for speed: whatever is the matter with it, the program runs
  }
}

function load(name) {
  const filename = join(lib, name + ".js");
  const source = readFileSync(filename);
  const script = new Script(source.latin1Slice(), { filename: join(home, name + ".js"), cachedData: cacheOf(name, source) });
${keeps ? KEEPING : ""}  const module = { exports: {} };
  script.runInThisContext()(module.exports, requirePart, module, filename, lib);
  return module.exports;
}

function requirePart(id) {
  if (!parts.has(id)) return require(id);
  if (parts.get(id) === null) parts.set(id, load(id));
  return parts.get(id);
}

load(${JSON.stringify(name)});
`;
}

const NOTING = `const told = (globalThis[Symbol.for("quorum-lab.signals")] = []);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => told.push(signal));
`;

/** Under another name first: a program that starts meanwhile finds the old cache or the new one. */
const KEEPING = `  const keep = () => {
    // as they are when the cache is taken; a member sets them later (core/platform/node/heap-limits.ts)
    require("node:v8").setFlagsFromString("--heap-growing-percent=0 --semi-space-growth-factor=2");
    const { writeFileSync, renameSync } = require("node:fs");
    const data = script.createCachedData();
    const head = Buffer.alloc(${CACHE_HEAD_BYTES});
    head.write("QLCC");
    head.writeUInt32LE(crc32(source), 4);
    head.writeUInt32LE(crc32(data), 8);
    const path = join(lib, name + ".cache");
    writeFileSync(path + "." + process.pid, Buffer.concat([head, data]));
    renameSync(path + "." + process.pid, path);
  };
  process.on("exit", keep);
  process.on("SIGUSR2", keep);
`;
