/**
 * The judge of core/raft: etcd raft's data-driven files, replayed with output equal byte for byte, one test for each case.
 * They lie beside the project in `shared/reference/raft-testdata`, or where QUORUM_RAFT_TESTDATA says.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ConfChangeScript } from "./conf-change-script.ts";
import { parseCases, type Case } from "./data-driven.ts";
import { InteractionGroup } from "./interaction.ts";
import { runQuorumStep } from "./quorum-script.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DATA = process.env["QUORUM_RAFT_TESTDATA"] ?? join(ROOT, "../shared/reference/raft-testdata");

interface Player {
  run(step: Case): string;
}

/** What plays the files of a folder, and how many files and cases the folder has upstream. */
const FOLDERS: ReadonlyArray<{ name: string; files: number; cases: number; player: () => Player }> = [
  { name: "interaction", files: 28, cases: 558, player: () => new InteractionGroup() },
  { name: "quorum", files: 4, cases: 127, player: () => ({ run: runQuorumStep }) },
  { name: "confchange", files: 9, cases: 58, player: () => new ConfChangeScript() },
];

for (const { name, files, cases, player } of FOLDERS) {
  const folder = join(DATA, name);
  if (!existsSync(folder)) {
    test.skip(`etcd raft's ${name} files (${cases} cases): set QUORUM_RAFT_TESTDATA to a copy of raft-testdata`, () => undefined);
    continue;
  }
  describe(`etcd raft's ${name} files`, () => {
    const parsed = readdirSync(folder)
      .filter((file) => file.endsWith(".txt"))
      .sort()
      .map((file) => parseCases(relative(DATA, join(folder, file)), readFileSync(join(folder, file), "utf8")));

    test("are all there", () => {
      expect({ files: parsed.length, cases: parsed.flat().length }).toEqual({ files, cases });
    });

    for (const steps of parsed) {
      // State runs through a file, so its cases are played in order, each by its own test.
      const played = player();
      for (const step of steps) {
        test(`${step.file}:${step.line} ${step.directive}`, () => {
          const printed = played.run(step);
          const actual = printed === "" || printed.endsWith("\n") ? printed : `${printed}\n`;
          if (actual === step.expected) return;
          expect(actual, `${join(folder, "..", step.file)}:${step.line}: ${step.directive}`).toBe(step.expected);
        });
      }
    }
  });
}
