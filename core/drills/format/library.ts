/** The drills of a folder: one folder each. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Drill, DrillFormatError, type Problem } from "./drill.ts";
import { type DrillFiles, needsOf, readDrill } from "./read-drill.ts";
import type { Place } from "./variables.ts";

const LINT_SEEDS = [1, 2, 3, 4, 5];

export class DrillLibrary {
  constructor(readonly folder: string) {}

  names(): string[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder).filter((name) => statSync(join(this.folder, name)).isDirectory()).sort();
  }

  /** The texts of one drill. @throws DrillFormatError when there is no such folder */
  files(name: string): DrillFiles {
    const folder = name.includes("/") || name.includes("\\") ? name : join(this.folder, name);
    if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new DrillFormatError(name, [{ file: "", line: 0, message: `no such drill; there are ${this.names().join(", ")}` }]);
    const texts = new Map(readdirSync(folder).filter((file) => !file.startsWith(".")).map((file) => [file, readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n")]));
    return { name: folder.split(/[/\\]/).filter((part) => part !== "").at(-1)!, texts };
  }

  /** @throws DrillFormatError with everything that is wrong in it */
  read(name: string, seed: number, places?: readonly Place[]): Drill {
    const files = this.files(name);
    const { drill, problems } = readDrill(files, seed, places);
    if (drill === undefined) throw new DrillFormatError(files.name, problems);
    return drill;
  }

  needs(name: string): { hosts: number; members: number } {
    return needsOf(this.files(name));
  }

  /** Everything that is not as the format says, with several seeds. */
  lint(name: string): Problem[] {
    const found = new Map<string, Problem>();
    const files = this.files(name);
    for (const seed of LINT_SEEDS) {
      let problems: readonly Problem[];
      try {
        problems = readDrill(files, seed).problems;
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        problems = [{ file: "drill.md", line: 1, message: error.message }];
      }
      for (const problem of problems) found.set(`${problem.file}:${problem.line}:${problem.message}`, problem);
    }
    return [...found.values()];
  }
}
