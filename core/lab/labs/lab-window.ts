/** One window among several: the lab that it shows now, and the way to another. */
import { type ChangesFrame, type WindowHost } from "../contract/host.ts";
import type { LabsCommands } from "../contract/labs.ts";
import type { CommandName } from "../contract/protocol.ts";
import type { LabState } from "../contract/state.ts";
import type { Lab } from "../lab.ts";

export interface LabWindowOptions {
  readonly command: (name: keyof LabsCommands, args: unknown) => Promise<unknown>;
  readonly closed: () => void;
}

export class LabWindow implements WindowHost {
  private listener: ((frame: ChangesFrame) => void) | undefined;
  private replaced: () => void = () => undefined;
  private stop: () => void = () => undefined;

  constructor(
    private lab: Lab,
    private id: string,
    private readonly options: LabWindowOptions,
  ) {}

  /** the id of the lab that it shows */
  get shows(): string {
    return this.id;
  }

  snapshot(): { seq: number; state: LabState } {
    return this.lab.snapshot();
  }

  subscribe(listener: (frame: ChangesFrame) => void): () => void {
    this.listener = listener;
    this.stop = this.lab.subscribe(listener);
    return () => {
      this.listener = undefined;
      this.stop();
    };
  }

  onReplaced(listener: () => void): void {
    this.replaced = listener;
  }

  execute(name: CommandName, args: unknown): Promise<unknown> {
    return isOfLibrary(name) ? this.options.command(name, args) : this.lab.execute(name, args);
  }

  show(lab: Lab, id: string): void {
    if (lab === this.lab) return;
    this.stop();
    this.lab = lab;
    this.id = id;
    if (this.listener !== undefined) this.stop = lab.subscribe(this.listener);
    this.replaced();
  }

  close(): void {
    this.stop();
    this.options.closed();
  }
}

function isOfLibrary(name: CommandName): name is keyof LabsCommands {
  return name.startsWith("labs.");
}
