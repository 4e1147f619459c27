/** Command line options of the small commands here: `-n 5`, `-n5`, `--lines=5`, `--lines 5`, `-it`, `--`. */

export interface OptionTable {
  /** options that take a value, and options that take none; long names with their dashes, each with its short forms */
  readonly valued: Readonly<Record<string, readonly string[]>>;
  readonly plain: Readonly<Record<string, readonly string[]>>;
}

export interface Options {
  readonly words: readonly string[];
  value(name: string): string | undefined;
  has(name: string): boolean;
  /** the first option that is not in the table */
  readonly unknown: string | undefined;
  /** an option whose value is missing */
  readonly incomplete: string | undefined;
}

function nameOf(given: string, table: Readonly<Record<string, readonly string[]>>): string | undefined {
  return Object.keys(table).find((name) => name === given || table[name]!.includes(given));
}

/** @param wordsBeforeRest after so many words that are no options, all that follows is taken as it is */
export function readOptions(argv: readonly string[], table: OptionTable, wordsBeforeRest = Number.POSITIVE_INFINITY): Options {
  const words: string[] = [];
  const values = new Map<string, string>();
  let unknown: string | undefined;
  let incomplete: string | undefined;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (words.length >= wordsBeforeRest) words.push(word);
    else if (word === "--") {
      words.push(...argv.slice(at + 1));
      break;
    } else if (word === "-" || !word.startsWith("-")) words.push(word);
    else {
      const equals = word.startsWith("--") ? word.indexOf("=") : -1;
      const given = equals < 0 ? word : word.slice(0, equals);
      const valued = nameOf(given, table.valued);
      const plain = nameOf(given, table.plain);
      if (valued !== undefined) {
        const value = equals < 0 ? argv[++at] : word.slice(equals + 1);
        if (value === undefined) incomplete ??= given;
        else values.set(valued, value);
      } else if (plain !== undefined) values.set(plain, "");
      else if (/^-[a-zA-Z]./.test(word)) {
        const joined = nameOf(word.slice(0, 2), table.valued);
        const letters = [...word.slice(1)].map((letter) => nameOf(`-${letter}`, table.plain));
        if (joined !== undefined) values.set(joined, word.slice(2));
        else if (letters.every((name) => name !== undefined)) for (const name of letters) values.set(name, "");
        else unknown ??= word;
      } else unknown ??= word;
    }
  }
  return { words, unknown, incomplete, value: (name) => values.get(name), has: (name) => values.has(name) };
}
