/** What a line of a terminal names that the window can show: members by name, id or address, keys, revisions, places in the log. Pure. */

export interface KnownNames {
  /** a member's name, id in hex or client URL, to its host; undefined: it is none */
  hostOf(word: string): string | undefined;
  isKey(word: string): boolean;
}

export interface NamedThing {
  readonly kind: "member" | "key" | "revision" | "index";
  readonly value: string;
  /** characters of the line, the end exclusive */
  readonly start: number;
  readonly end: number;
}

const NUMBERED: readonly (readonly [RegExp, "revision" | "index"])[] = [
  [/\b(?:header_|create_|mod_|compact_)?rev(?:ision)?"?\s*[:=]?\s*(\d{1,15})\b/dgi, "revision"],
  [/\braft[_ ]?(?:applied[_ ]?)?index"?\s*[:=]?\s*(\d{1,15})\b/dgi, "index"],
];
const WORD = /[^\s"'`,;|()[\]{}<>]+/dg;
const LINE_MAX = 4000;

export function linksIn(line: string, known: KnownNames): NamedThing[] {
  if (line.length > LINE_MAX) return [];
  const found: NamedThing[] = [];
  for (const [pattern, kind] of NUMBERED) {
    for (const match of line.matchAll(pattern)) {
      const [start, end] = match.indices?.[1] ?? [0, 0];
      if (end > start && Number(match[1]) > 0) found.push({ kind, value: match[1] ?? "", start, end });
    }
  }
  for (const match of line.matchAll(WORD)) {
    const start = match.index;
    const word = match[0].replace(/[:.]+$/, "");
    const end = start + word.length;
    if (word === "" || found.some((one) => one.start < end && start < one.end)) continue;
    const host = known.hostOf(word);
    if (host !== undefined) found.push({ kind: "member", value: host, start, end });
    else if (known.isKey(word)) found.push({ kind: "key", value: word, start, end });
  }
  return found.sort((a, b) => a.start - b.start);
}
