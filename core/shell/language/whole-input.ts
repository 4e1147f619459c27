/** Library commands that read standard input when no file is named; at a terminal they wait for Ctrl-D. */

/** How many words that are no options such a command takes before it reads files. */
const READERS: Readonly<Record<string, number>> = {
  cat: 0,
  tee: Number.POSITIVE_INFINITY,
  wc: 0,
  sort: 0,
  uniq: 0,
  head: 0,
  tail: 0,
  rev: 0,
  tac: 0,
  nl: 0,
  base64: 0,
  md5sum: 0,
  sha1sum: 0,
  sha256sum: 0,
  od: 0,
  tr: Number.POSITIVE_INFINITY,
  grep: 1,
  sed: 1,
  awk: 1,
  jq: 1,
};

export function needsWholeInput(name: string, args: readonly string[]): boolean {
  const before = READERS[name];
  if (before === undefined || args.includes("--help")) return false;
  if (args.includes("-")) return true;
  let words = 0;
  for (let at = 0; at < args.length; at++) {
    if (/^-[nc]$/.test(args[at]!) && (name === "head" || name === "tail")) at++;
    else if (!args[at]!.startsWith("-")) words++;
  }
  return words <= before;
}
