/** The remarks at work: reads each command of a pipeline as it was meant, says so, and does what must follow. */
import { existsSync, rmSync, symlinkSync } from "node:fs";
import type { CommandNode, PipelineNode } from "just-bash";
import type { ShellControl } from "../commands/command.ts";
import type { ShellState } from "../language/shell-state.ts";
import { startsEtcd, StagedStart, stageRestore } from "../staged-restore.ts";
import { assignmentsOf, replaceWords, wordsOf } from "./command-words.ts";
import { correct, type Facts, type FollowUp } from "./correction.ts";
import { rules } from "./rules.ts";

/** Done after the pipeline, with its exit code. */
export type After = (status: number) => Promise<void>;

export class LabRemarks {
  constructor(
    private readonly shell: ShellControl,
    private readonly state: ShellState,
  ) {}

  /** Changes `pipeline` in place. */
  async before(pipeline: PipelineNode): Promise<After | undefined> {
    const followUps: FollowUp[] = [];
    let starts = false;
    for (const command of pipeline.commands) {
      this.read(command, followUps);
      starts ||= command.type === "SimpleCommand" && startsEtcd(wordsOf(command));
    }
    const start = starts ? await StagedStart.begin(this.shell) : undefined;
    if (followUps.length === 0 && start === undefined) return undefined;
    return async (status) => {
      await start?.finish();
      if (status === 0) for (const followUp of followUps) await this.follow(followUp);
    };
  }

  private read(command: CommandNode, followUps: FollowUp[]): void {
    if (command.type !== "SimpleCommand" || command.name === null) return;
    const env = { ETCDCTL_API: this.state.exported("ETCDCTL_API"), ETCDCTL_ENDPOINTS: this.state.exported("ETCDCTL_ENDPOINTS"), ...assignmentsOf(command) };
    const words = wordsOf(command);
    const corrected = correct({ words, env }, this.facts(), rules);
    for (const remark of corrected.remarks) this.shell.remark(remark);
    followUps.push(...corrected.followUps);
    if (corrected.answered) replaceWords(command, [":"], {});
    else if (corrected.words !== words || Object.keys(corrected.env).length > 0) replaceWords(command, corrected.words, corrected.env);
  }

  private facts(): Facts {
    const { host, world } = this.shell;
    return {
      host: host.name,
      hosts: world.hostNames(),
      units: host.services.list().map((unit) => unit.name.replace(/\.service$/, "")),
      dataDirectory: host.dataDirectory(),
      v2Keys: world.memory.v2Keys,
      fileExists: (name) => existsSync(host.files.real(name, this.state.cwd)),
    };
  }

  private async follow(followUp: FollowUp): Promise<void> {
    const { memory } = this.shell.world;
    switch (followUp.kind) {
      case "v2-written":
        memory.v2Keys.add(followUp.key);
        return;
      case "v3-written":
        memory.v2Keys.delete(followUp.key);
        return;
      case "name-too":
        this.nameToo(followUp.saved, followUp.as);
        return;
      case "restore-everywhere":
        await stageRestore(this.shell, this.state.cwd, followUp.restore);
    }
  }

  /** A second name that always leads to the file saved last. */
  private nameToo(saved: string, as: string): void {
    const target = this.shell.host.files.real(saved, this.state.cwd);
    const link = this.shell.host.files.real(as.slice(0, as.lastIndexOf("/") + 1) || ".", this.state.cwd);
    const path = `${link}/${as.slice(as.lastIndexOf("/") + 1)}`;
    if (existsSync(path) && this.shell.host.files.real(as, this.state.cwd) === target) return;
    if (existsSync(path)) {
      this.shell.remark(`the snapshot is in ${saved}; ${as} is another file and was left alone`);
      return;
    }
    rmSync(path, { force: true });
    symlinkSync(target.slice(target.lastIndexOf("/") + 1), path);
    this.shell.remark(`saved as ${saved}, and ${as} leads to it too, as the lines that follow expect`);
  }
}
