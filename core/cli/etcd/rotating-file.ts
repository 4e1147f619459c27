/**
 * A log file that is put aside when it has grown to its size: `etcd.log` becomes `etcd-2026-11-24T09-30-00.000.log`, older ones
 * go by number and age, and may be compressed (lumberjack, as etcd uses it).
 */
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { gzip } from "node:zlib";
import type { RotationSettings } from "./log-outputs.ts";

const MB = 1024 * 1024;
const DAY_MS = 24 * 3600 * 1000;
const DEFAULT_MB = 100;

export class RotatingFile {
  private file: number | undefined;
  private size = 0;

  constructor(
    private readonly path: string,
    private readonly settings: RotationSettings,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** @throws the system's error where the file cannot be written */
  write(line: string): void {
    const bytes = Buffer.from(line);
    const max = (this.settings.maxSize || DEFAULT_MB) * MB;
    if (this.file === undefined) this.open(bytes.length, max);
    else if (this.size + bytes.length > max) this.rotate();
    writeSync(this.file!, bytes);
    this.size += bytes.length;
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private open(coming: number, max: number): void {
    mkdirSync(dirname(this.path), { recursive: true });
    this.file = openSync(this.path, "a", 0o600);
    this.size = fstatSync(this.file).size;
    if (this.size > 0 && this.size + coming > max) this.rotate();
  }

  private rotate(): void {
    this.close();
    renameSync(this.path, join(dirname(this.path), `${this.stem}-${this.mark(this.now())}${this.extension}`));
    this.file = openSync(this.path, "a", 0o600);
    this.size = 0;
    this.tidy();
  }

  private get extension(): string {
    return extname(this.path);
  }

  private get stem(): string {
    return basename(this.path, this.extension);
  }

  /** "2006-01-02T15-04-05.000" */
  private mark(at: Date): string {
    const shifted = this.settings.localTime ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000) : at;
    return shifted.toISOString().replace(/:/g, "-").replace("Z", "");
  }

  /** Removes and compresses what was put aside. */
  private tidy(): void {
    const { maxBackups, maxAge, compress } = this.settings;
    const folder = dirname(this.path);
    const aside = readdirSync(folder)
      .filter((name) => name.startsWith(`${this.stem}-`) && new RegExp(`-\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\d\\.\\d{3}${this.extension.replace(".", "\\.")}(\\.gz)?$`).test(name))
      .sort()
      .reverse();
    const oldest = this.now().getTime() - maxAge * DAY_MS;
    for (const [at, name] of aside.entries()) {
      const path = join(folder, name);
      if ((maxBackups > 0 && at >= maxBackups) || (maxAge > 0 && statSync(path).mtimeMs < oldest)) rmSync(path, { force: true });
      else if (compress && !name.endsWith(".gz")) {
        gzip(readFileSync(path), (error, packed) => {
          // what could not be compressed stays as it is: nothing is lost
          if (error !== null) return;
          writeFileSync(`${path}.gz`, packed, { mode: 0o600 });
          rmSync(path, { force: true });
        });
      }
    }
  }
}
