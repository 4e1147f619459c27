/** quorum-lab sh: a script in a lab's shell, without a window. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLab, spawnNodeMember } from "../../lab/index.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { labPrograms } from "../../shell/programs.ts";
import { runScript } from "../../shell/script-runner.ts";
import { type ShArguments, UsageError } from "./arguments.ts";
import { etcdProgram } from "./folders.ts";
import { processTerminal } from "./process-terminal.ts";
import { openCatalogue } from "./run-lab.ts";
import { labFolder } from "./which-lab.ts";

const LEADER_WAIT_MS = 30_000;

/** @returns the last command's exit code; 130 when it was interrupted */
export async function runSh(args: ShArguments, version: string, signal: AbortSignal): Promise<number> {
  const script = "line" in args.script ? args.script.line : readFileSync(args.script.file === "-" ? 0 : args.script.file, "utf8");
  const fresh = args.lab === undefined;
  const catalogue = args.lab === undefined ? undefined : openCatalogue(args.library, version);
  const folder = args.lab === undefined || catalogue === undefined ? mkdtempSync(join(tmpdir(), "quorum-lab-")) : labFolder(args.lab, catalogue);
  const terminal = processTerminal();
  try {
    const lab = await createLab({
      folder,
      ...(catalogue !== undefined && { otherBlocks: catalogue.otherBlocks(catalogue.idOf(folder)) }),
      name: "script",
      members: args.members,
      version,
      clock: nodeClock,
      spawnMember: spawnNodeMember,
      etcdProgram: etcdProgram(),
      programs: labPrograms,
    });
    try {
      const host = lab.world.host(args.host);
      if (host === undefined) throw new UsageError(`no host ${args.host} in this lab: ${lab.world.hostNames().join(", ")}`);
      lab.start();
      const expected = lab.hosts.some((one) => one.memberRuns);
      if (expected && !(await lab.waitForLeader(LEADER_WAIT_MS, signal)) && !signal.aborted) {
        terminal.err("lab: no member serves; the script runs all the same\n");
      } else if (!(await lab.whenFounded(LEADER_WAIT_MS)) && !signal.aborted) {
        terminal.err("lab: its learners and users are not all there yet; the script runs all the same\n");
      }
      if (signal.aborted) return 130;
      return await runScript(script, { world: lab.world, host, terminal }, signal);
    } finally {
      await lab.close(fresh ? "discard" : "keep");
    }
  } finally {
    terminal.release();
    if (fresh) rmSync(folder, { recursive: true, force: true });
  }
}
