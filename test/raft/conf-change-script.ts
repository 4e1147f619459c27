/** A membership that is changed by a conf-change file, command by command. */
import { changeSimply, enterJoint, leaveJoint, type ChangeContext } from "../../core/raft/changer.ts";
import { describeConfiguration, describeProgress, parseConfChanges, RaftError } from "../../core/raft/index.ts";
import { EMPTY_CONFIGURATION, type Membership } from "../../core/raft/tracker.ts";
import type { Case } from "./data-driven.ts";

export class ConfChangeScript {
  private membership: Membership = { configuration: EMPTY_CONFIGURATION, progress: new Map() };
  /** Goes up with every step, failed ones too, so that newcomers can be told apart. */
  private lastIndex = 0;

  /** @returns the membership after the step, or why it was refused */
  run(step: Case): string {
    const context = { lastIndex: this.lastIndex++, limits: { maxMessages: 10, maxBytes: 0 } };
    try {
      this.membership = this.change(step, context);
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
      return error.message;
    }
    const { configuration, progress } = this.membership;
    const ids = [...progress.keys()].sort((left, right) => Number(left - right));
    return `${describeConfiguration(configuration)}\n${ids.map((id) => `${id}: ${describeProgress(progress.get(id)!)}\n`).join("")}`;
  }

  private change(step: Case, context: ChangeContext): Membership {
    const changes = parseConfChanges(step.input);
    switch (step.command) {
      case "simple":
        return changeSimply(this.membership, context, changes);
      case "enter-joint": {
        const autoLeave = step.args.find(({ key }) => key === "autoleave")?.values[0] === "true";
        return enterJoint(this.membership, context, autoLeave, changes);
      }
      case "leave-joint":
        if (changes.length > 0) throw new Error("this command takes no input");
        return leaveJoint(this.membership, context);
      default:
        throw new Error(`unknown command ${step.command}`);
    }
  }
}
