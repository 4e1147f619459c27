/**
 * Faults done to the files of a host: a flipped bit, a torn last write, a deleted data-dir, an expired certificate. What was there is
 * written down beside the lab before it is touched, so that it can be put back, also after the lab was closed and opened again. It is put
 * back only over what was put there: bytes that a member has written since stay.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { basename, dirname, join, posix, relative, sep } from "node:path";
import { expiredCopy } from "../tls/expired-copy.ts";
import type { FileFaultKind, FileRegion } from "./contract/file-faults.ts";
import { CommandError } from "./contract/host.ts";
import type { ActiveFault, FaultKind } from "./contract/state.ts";
import { kindOf } from "./disk/data-dir.ts";
import { WalRecords } from "./disk/wal-records.ts";
import { lastWrite, readAt, weakSpot } from "./disk/weak-spots.ts";
import type { LabHostMachine } from "./lab-host.ts";

/** Paths are relative to the lab's folder. */
type Undo =
  | { readonly how: "bytes"; readonly path: string; readonly offset: number; /** base64 */ readonly before: string; readonly after: string }
  /** moved away; `written`, base64: what was put in its place, "" where nothing was */
  | { readonly how: "moved"; readonly from: string; readonly to: string; readonly written: string };

interface Kept {
  readonly fault: ActiveFault;
  readonly undo: readonly Undo[];
}

/** bytes before a flipped bit that must be as they were, for it to be the same place */
const BEFORE_BYTES = 24;
const WAL_FOLDER = "member/wal";

export interface Flip {
  readonly file: string;
  readonly region: FileRegion;
  readonly offset: number;
  readonly bit: number;
}

export class FileFaults {
  private readonly kept = new Map<string, Kept>();
  private readonly folder: string;
  private readonly path: string;
  private count = 0;

  /** @param now wall ms */
  constructor(
    folder: string,
    private readonly now: () => number,
  ) {
    this.folder = realpathSync(folder);
    this.path = join(this.folder, "file-faults.json");
    if (!existsSync(this.path)) return;
    for (const kept of JSON.parse(readFileSync(this.path, "utf8")) as Kept[]) this.kept.set(kept.fault.id, kept);
    this.count = Math.max(0, ...[...this.kept.keys()].map((id) => Number(id.split(":").at(-1))));
  }

  list(): readonly ActiveFault[] {
    return [...this.kept.values()].map(({ fault }) => fault);
  }

  has(id: string): boolean {
    return this.kept.has(id);
  }

  /** @throws CommandError "failed"; what the formats' readers throw */
  async flip(host: LabHostMachine, { file, region, offset, bit }: Flip): Promise<ActiveFault> {
    const shown = posix.join(host.dataDirectory(), file);
    const real = existing(host, shown);
    const spot = await weakSpot({ real, shown, kind: kindOf(file), region, offset }, new WalRecords());
    const from = Math.max(0, spot.offset - BEFORE_BYTES);
    const before = readAt(real, from, spot.offset - from + 1);
    const after = Buffer.from(before);
    after[spot.offset - from]! ^= 1 << bit;
    const where = spot.what === "" ? "" : ` (${spot.what})`;
    const fault = this.newFault("flipped-bit", host, `bit ${bit} of byte ${spot.offset} of ${shown} on ${host.name} is flipped${where}`);
    this.write(fault, real, from, before, after);
    return fault;
  }

  async damage(host: LabHostMachine, kind: FileFaultKind): Promise<ActiveFault> {
    switch (kind) {
      case "torn-write":
        return this.tear(host);
      case "data-deleted":
        return this.deleteData(host);
      case "certificate-expired":
        return this.expire(host);
    }
  }

  /**
   * Puts back what was there.
   * @returns "" when it is as it was; otherwise why it stays as it is
   */
  undo(id: string): string {
    const kept = this.kept.get(id);
    if (kept === undefined) throw new CommandError("unknown-fault", `no fault is called ${id}`);
    const left = kept.undo.map((undo) => (undo.how === "bytes" ? this.putBytesBack(undo) : this.putBack(undo)));
    this.kept.delete(id);
    this.save();
    return left.find((why) => why !== "") ?? "";
  }

  /** A crash takes back what the disk had not finished: the end of the last write is zeros, from a sector's start on. */
  private async tear(host: LabHostMachine): Promise<ActiveFault> {
    if (host.memberRuns) throw new CommandError("failed", `stop or kill etcd on ${host.name} first: only a crash tears a write`);
    const below = posix.join(host.dataDirectory(), WAL_FOLDER);
    const folder = existing(host, below);
    const name = readdirSync(folder).filter((one) => one.endsWith(".wal")).sort().at(-1);
    if (name === undefined) throw new CommandError("failed", `there is no log in ${below} on ${host.name}`);
    const shown = posix.join(below, name);
    const real = host.files.real(shown);
    const { recordAt, from, to } = await lastWrite(real, shown, new WalRecords());
    const before = readAt(real, recordAt, to - recordAt);
    const after = Buffer.from(before).fill(0, from - recordAt);
    const fault = this.newFault("torn-write", host, `the last write of ${host.name}'s log is torn: ${shown} is zeros from byte ${from} on`);
    this.write(fault, real, recordAt, before, after);
    return fault;
  }

  /** As `rm -rf` would, but the bytes lie where no host sees them. A member that runs keeps what it has open. */
  private deleteData(host: LabHostMachine): ActiveFault {
    const shown = host.dataDirectory();
    const real = existing(host, shown);
    const fault = this.newFault("data-deleted", host, `the data-dir ${shown} of ${host.name} is deleted`);
    this.keep(fault, [this.moveAway(fault, real, "")]);
    renameSync(real, this.awayOf(fault, real));
    return fault;
  }

  private expire(host: LabHostMachine): ActiveFault {
    const files = host.certificates;
    if (typeof files === "string") throw new CommandError("failed", files);
    const [authority, key] = [files.authority, files.authorityKey].map((path) => readFileSync(existing(host, path)));
    const copies = files.certificates.map((path) => {
      const real = existing(host, path);
      return { real, copy: expiredCopy(readFileSync(real), authority!, key!, new Date(this.now())) };
    });
    const fault = this.newFault("certificate-expired", host, `the certificates of ${host.name} expired yesterday: ${files.certificates.join(", ")}`);
    this.keep(fault, copies.map(({ real, copy }) => this.moveAway(fault, real, copy.toString("base64"))));
    for (const { real, copy } of copies) {
      renameSync(real, this.awayOf(fault, real));
      writeFileSync(real, copy);
    }
    return fault;
  }

  private putBytesBack({ path, offset, before, after }: Extract<Undo, { how: "bytes" }>): string {
    const real = join(this.folder, path);
    const [old, ours] = [Buffer.from(before, "base64"), Buffer.from(after, "base64")];
    if (!existsSync(real)) return "the file is gone";
    if (!readAt(real, offset, ours.length).equals(ours)) return "it was written over since, and stays as it is";
    overwrite(real, offset, old);
    return "";
  }

  private putBack({ from, to, written }: Extract<Undo, { how: "moved" }>): string {
    const [real, away] = [join(this.folder, from), join(this.folder, to)];
    if (!existsSync(away)) return "what was deleted is gone";
    if (written !== "" && existsSync(real) && !readFileSync(real).equals(Buffer.from(written, "base64"))) return `${basename(from)} was replaced since, and stays as it is`;
    if (existsSync(real) && statSync(away).isDirectory()) {
      const log = join(real, WAL_FOLDER);
      if (existsSync(log) && readdirSync(log).length > 0) return `there is new data; the old stays at ${away}`;
      // a start that failed left it
      rmSync(real, { recursive: true });
    }
    mkdirSync(dirname(real), { recursive: true });
    renameSync(away, real);
    return "";
  }

  private write(fault: ActiveFault, real: string, offset: number, before: Buffer, after: Buffer): void {
    this.keep(fault, [{ how: "bytes", path: this.below(real), offset, before: before.toString("base64"), after: after.toString("base64") }]);
    overwrite(real, offset, after);
  }

  /** The place below the lab's folder where what stood at `real` lies meanwhile. */
  private awayOf(fault: ActiveFault, real: string): string {
    return join(this.folder, "run", "deleted", fault.id.replaceAll(":", "-"), this.below(real).replaceAll(sep, "_"));
  }

  private moveAway(fault: ActiveFault, real: string, written: string): Undo {
    const away = this.awayOf(fault, real);
    mkdirSync(dirname(away), { recursive: true });
    return { how: "moved", from: this.below(real), to: this.below(away), written };
  }

  private keep(fault: ActiveFault, undo: readonly Undo[]): void {
    this.kept.set(fault.id, { fault, undo });
    this.save();
  }

  private save(): void {
    writeFileSync(`${this.path}.new`, `${JSON.stringify([...this.kept.values()], null, 2)}\n`);
    renameSync(`${this.path}.new`, this.path);
  }

  private newFault(kind: FaultKind, host: LabHostMachine, text: string): ActiveFault {
    this.count++;
    return { id: `${kind}:${host.name}:${this.count}`, kind, host: host.name, to: "", amount: 0, since: this.now(), text };
  }

  private below(real: string): string {
    return relative(this.folder, real);
  }
}

/** @throws CommandError */
function existing(host: LabHostMachine, shown: string): string {
  const real = host.files.real(shown);
  if (!existsSync(real)) throw new CommandError("failed", `there is no ${shown} on ${host.name}`);
  return real;
}

function overwrite(path: string, offset: number, bytes: Buffer): void {
  const file = openSync(path, "r+");
  try {
    writeSync(file, bytes, 0, bytes.length, offset);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
