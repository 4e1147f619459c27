/**
 * The library of labs: what a lab is made of, the templates, and what a window may ask of the library. Pure, so that the
 * command line, the host and the window judge a shape alike.
 */

/** Which way of telling etcd its flags a lab's hosts use. */
export type FlagStyle = "3.6" | "3.4";

/** What a new lab consists of. Its hosts are m1, m2, ... in this order: voters, learners, spare ones. */
export interface LabShape {
  /** members of the first cluster that vote */
  readonly voters: number;
  /** members that join as learners as soon as there is a leader */
  readonly learners: number;
  /** hosts on which etcd is still to be set up: no unit, no configuration */
  readonly spare: number;
  /** clients and peers speak TLS and show certificates of the lab's own authority */
  readonly tls: boolean;
  /** auth is on: user root, and a user with a sample role */
  readonly auth: boolean;
  /** 3.6: a configuration file; 3.4: flags on the unit's command line, under the names that 3.4 had */
  readonly flags: FlagStyle;
}

const HOSTS_MAX = 9;
export const LEARNERS_MAX = 2;

/** Why no lab can have this shape; "" when one can. */
export function shapeProblem(shape: LabShape): string {
  const counts = [shape.voters, shape.learners, shape.spare];
  if (counts.some((one) => !Number.isInteger(one) || one < 0)) return "hosts are counted in whole numbers";
  const hosts = shape.voters + shape.learners + shape.spare;
  if (hosts < 1 || hosts > HOSTS_MAX) return `a lab has 1 to ${HOSTS_MAX} hosts`;
  if (shape.learners > LEARNERS_MAX) return `a lab has at most ${LEARNERS_MAX} learners`;
  if (shape.learners > 0 && shape.voters === 0) return "a learner needs members that vote";
  if (shape.learners > 1 && shape.flags === "3.4") return "with the flags of 3.4 a cluster has at most one learner (--max-learners came later)";
  if (shape.auth && shape.voters === 0) return "without members there is nobody to ask who somebody is";
  return "";
}

export interface LabTemplate {
  readonly id: "single" | "three" | "five" | "learner" | "tls" | "auth" | "flags-3.4" | "from-nothing";
  readonly shape: LabShape;
}

const plain: LabShape = { voters: 3, learners: 0, spare: 0, tls: false, auth: false, flags: "3.6" };

/** The first is what one gets who says nothing. */
export const LAB_TEMPLATES: readonly LabTemplate[] = [
  { id: "three", shape: plain },
  { id: "single", shape: { ...plain, voters: 1 } },
  { id: "five", shape: { ...plain, voters: 5 } },
  { id: "learner", shape: { ...plain, learners: 1 } },
  { id: "tls", shape: { ...plain, tls: true } },
  { id: "auth", shape: { ...plain, auth: true } },
  { id: "flags-3.4", shape: { ...plain, flags: "3.4" } },
  { id: "from-nothing", shape: { ...plain, voters: 0, spare: 3 } },
];

/** Users of a lab with auth. Known to all: these are labs on loopback, and what is practised is the use of them. */
export const LAB_USERS = { root: "quorum", app: "quorum" } as const;
/** what the user app may read and write */
export const APP_PREFIX = "/app/";

const LAB_NAME_CHARS_MAX = 60;

/** Why a lab cannot be called this; "" when it can. */
export function nameProblem(name: string): string {
  if (name.trim() === "") return "a lab needs a name";
  if (name !== name.trim()) return "a name neither begins nor ends with a blank";
  if (name.length > LAB_NAME_CHARS_MAX) return `a name has at most ${LAB_NAME_CHARS_MAX} characters`;
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\]/u.test(name) ? "a name has no slashes and no invisible characters" : "";
}

export interface LabSummary {
  /** stable as long as the lab exists; what commands name it by */
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  /** absent of a lab that cannot be read */
  readonly shape: LabShape | null;
  /** why it cannot be read; "" otherwise */
  readonly problem: string;
  /** what its folder takes on the disk */
  readonly bytes: number;
  readonly createdAt: number;
  /** wall ms when it was last opened or closed; 0: never */
  readonly usedAt: number;
  /** elsewhere: another process has it open */
  readonly state: "stopped" | "running" | "elsewhere";
  /** the window that asks shows it */
  readonly shown: boolean;
  /** how many windows show it */
  readonly windows: number;
  /** it does not lie in the library's folder, which is all that is ever deleted from */
  readonly outside: boolean;
}

/** What becomes of the lab that a window leaves. */
export type LeftLab = "runs" | "stops";

export interface LabsCommands {
  "labs.list": { args: Record<string, never>; reply: { labs: readonly LabSummary[]; folder: string; saved: string } };
  "labs.create": { args: { name: string; shape: LabShape }; reply: { id: string } };
  /** A copy of its folder as it is with all members ended. One that runs is refused ("lab-running") unless it may be stopped for the copy; then it starts again. */
  "labs.clone": { args: { id: string; name: string; stopFirst: boolean }; reply: { id: string } };
  "labs.rename": { args: { id: string; name: string }; reply: null };
  /** `confirm` is the lab's name, typed by whoever means it. */
  "labs.delete": { args: { id: string; confirm: string }; reply: null };
  /** One file in the folder of saved labs. Of one that runs as with clone. */
  "labs.save": { args: { id: string; stopFirst: boolean }; reply: { path: string; bytes: number } };
  /** A lab from such a file, under a name of its own choice or, with "", the one that it was saved under. */
  "labs.import": { args: { path: string; name: string }; reply: { id: string; name: string } };
  /** This window shows that lab from now on; it is started where it does not run. A snapshot of it comes before the answer. */
  "labs.open": { args: { id: string; left: LeftLab }; reply: null };
  "labs.stop": { args: { id: string }; reply: null };
}
