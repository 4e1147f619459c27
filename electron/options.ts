/**
 * The app's own options. Chromium and test drivers put switches of theirs among them, so what is unknown is passed over here,
 * unlike in the command line programs.
 */
export interface AppOptions {
  /** undefined: the one in the user's data directory */
  readonly lab: string | undefined;
  readonly members: number;
  /** a recording's file to be shown instead of a lab */
  readonly open: string | undefined;
}

const MEMBERS_USUAL = 3;

export function readOptions(argv: readonly string[]): AppOptions {
  const valueOf = (name: string): string | undefined => {
    const at = argv.findIndex((word) => word === name || word.startsWith(`${name}=`));
    if (at < 0) return undefined;
    const word = argv[at] ?? "";
    return word === name ? argv[at + 1] : word.slice(name.length + 1);
  };
  const members = Number(valueOf("--members") ?? MEMBERS_USUAL);
  return { lab: valueOf("--lab"), open: valueOf("--open"), members: Number.isInteger(members) && members >= 1 && members <= 9 ? members : MEMBERS_USUAL };
}
