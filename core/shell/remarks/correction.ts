/**
 * Reading a command as it was meant. A rule looks at the words of one simple command and may hand back other words, with
 * one line that says what the right spelling is. Rules are pure; they apply in a lab's shell and nowhere else.
 */

/** One simple command. A word that the shell has yet to expand is opaque: it starts with a NUL and is passed on as it is. */
export interface CommandWords {
  readonly words: readonly string[];
  /** assignments in front of it, and the exported variables of the shell */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What rules may know of the place. */
export interface Facts {
  readonly host: string;
  readonly hosts: readonly string[];
  /** service names without .service */
  readonly units: readonly string[];
  readonly dataDirectory: string;
  readonly v2Keys: ReadonlySet<string>;
  fileExists(name: string): boolean;
}

/** What is to be done when the command has succeeded. */
export type FollowUp =
  | { readonly kind: "name-too"; readonly saved: string; readonly as: string }
  | { readonly kind: "restore-everywhere"; readonly restore: RestoreCommand }
  | { readonly kind: "v2-written"; readonly key: string }
  | { readonly kind: "v3-written"; readonly key: string };

/** `snapshot restore` of a whole cluster, as the member of one host is restored. */
export interface RestoreCommand {
  readonly words: readonly string[];
  readonly file: string;
  readonly name: string;
  /** peer URLs by member name */
  readonly members: Readonly<Record<string, string>>;
}

export interface Correction {
  readonly words?: readonly string[];
  /** more assignments in front of the command */
  readonly env?: Readonly<Record<string, string>>;
  readonly remark?: string;
  readonly followUp?: FollowUp;
  /** there is nothing to run: the remark is the answer */
  readonly answered?: boolean;
}

export interface Rule {
  /** what it mends, for tests and for people */
  readonly name: string;
  apply(command: CommandWords, facts: Facts): Correction | undefined;
}

export interface Corrected {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly remarks: readonly string[];
  readonly followUps: readonly FollowUp[];
  readonly answered: boolean;
}

/** Puts `rules` one after the other to a command; each sees what the ones before it made of it. */
export function correct(command: CommandWords, facts: Facts, rules: readonly Rule[]): Corrected {
  let current = command;
  const env: Record<string, string> = {};
  const remarks: string[] = [];
  const followUps: FollowUp[] = [];
  let answered = false;
  for (const rule of rules) {
    const correction = rule.apply(current, facts);
    if (correction === undefined) continue;
    Object.assign(env, correction.env);
    current = { words: correction.words ?? current.words, env: { ...current.env, ...correction.env } };
    if (correction.remark !== undefined) remarks.push(correction.remark);
    if (correction.followUp !== undefined) followUps.push(correction.followUp);
    answered ||= correction.answered === true;
    if (answered) break;
  }
  return { words: current.words, env, remarks, followUps, answered };
}

/** The program's name: etcdctl for ./etcdctl and /usr/local/bin/etcdctl. */
export function programOf(command: CommandWords): string {
  return command.words[0]?.split("/").at(-1) ?? "";
}
