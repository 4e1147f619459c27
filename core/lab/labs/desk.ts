/**
 * Several labs at a time: those that run in this process, the library that they come from, and the windows, each of which
 * shows one. What a window leaves goes on running or is stopped, as its user said; a lab ends with its process at the latest.
 */
import { CommandError, type LabHosts, type WindowHost } from "../contract/host.ts";
import type { LabsCommands, LabSummary } from "../contract/labs.ts";
import type { Lab } from "../lab.ts";
import { LabFolderError } from "../lab-file.ts";
import type { LabCatalogue } from "./catalogue.ts";
import { LabWindow } from "./lab-window.ts";

export interface DeskOptions {
  readonly catalogue: LabCatalogue;
  /** opens the lab in that folder, without starting it. @throws LabFolderError */
  readonly open: (folder: string, id: string) => Promise<Lab>;
}

/** Labs that run at a time: nine members each, with a process of their own each, are many. */
const RUNNING_MAX = 8;

type Args<K extends keyof LabsCommands> = LabsCommands[K]["args"];
type Reply<K extends keyof LabsCommands> = LabsCommands[K]["reply"];

export class LabDesk implements LabHosts {
  private readonly running = new Map<string, Lab>();
  private readonly windows = new Set<LabWindow>();
  /** one after the other for each lab: what is being closed cannot be opened meanwhile */
  private readonly queues = new Map<string, Promise<unknown>>();
  private closed = false;

  private constructor(
    private readonly options: DeskOptions,
    private home: string,
  ) {}

  /** @param folder of the lab that windows show first. @throws LabFolderError */
  static async begin(options: DeskOptions, folder: string): Promise<LabDesk> {
    const id = options.catalogue.idOf(folder);
    const desk = new LabDesk(options, id);
    const lab = await options.open(folder, id);
    desk.running.set(id, lab);
    await options.catalogue.sweep();
    return desk;
  }

  /** The lab that a new window shows. */
  get first(): Lab {
    return this.running.get(this.home)!;
  }

  forWindow(): WindowHost {
    const window: LabWindow = new LabWindow(this.first, this.home, {
      command: (name, args) => this.execute(window, name, args),
      closed: () => this.windows.delete(window),
    });
    this.windows.add(window);
    return window;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.queues.values());
    await Promise.all([...this.running.values()].map((lab) => lab.close()));
  }

  private async execute(window: LabWindow, name: keyof LabsCommands, args: unknown): Promise<unknown> {
    const { catalogue } = this.options;
    switch (name) {
      case "labs.list":
        return this.list(window);
      case "labs.create": {
        const { name: called, shape } = args as Args<"labs.create">;
        return { id: catalogue.create(called, shape) };
      }
      case "labs.clone": {
        const { id, name: called, stopFirst } = args as Args<"labs.clone">;
        return { id: await this.still(id, stopFirst, () => catalogue.clone(id, called)) } satisfies Reply<"labs.clone">;
      }
      case "labs.save": {
        const { id, stopFirst } = args as Args<"labs.save">;
        return (await this.still(id, stopFirst, () => catalogue.save(id))) satisfies Reply<"labs.save">;
      }
      case "labs.import": {
        const { path, name: called } = args as Args<"labs.import">;
        return (await catalogue.import(path, called)) satisfies Reply<"labs.import">;
      }
      case "labs.rename":
        return this.rename(args as Args<"labs.rename">);
      case "labs.delete":
        return this.delete(args as Args<"labs.delete">);
      case "labs.open":
        return this.open(window, args as Args<"labs.open">);
      case "labs.stop":
        return this.stop((args as Args<"labs.stop">).id);
    }
  }

  private async list(window: LabWindow): Promise<Reply<"labs.list">> {
    const { catalogue } = this.options;
    const entries = await catalogue.list((id) => this.running.has(id));
    const labs = entries.map((entry): LabSummary => ({ ...entry, shown: window.shows === entry.id, windows: this.shownIn(entry.id).length }));
    return { labs, folder: catalogue.folder, saved: catalogue.saved };
  }

  private rename({ id, name }: Args<"labs.rename">): null {
    const lab = this.running.get(id);
    if (lab === undefined) this.options.catalogue.rename(id, name);
    else {
      this.options.catalogue.checkRename(id, name);
      lab.rename(name);
    }
    return null;
  }

  private delete({ id, confirm }: Args<"labs.delete">): Promise<null> {
    return this.inTurn(id, async () => {
      this.checkUnseen(id, "be deleted");
      const name = this.running.get(id)?.name;
      // before anything is stopped
      if (name !== undefined && name !== confirm) throw new CommandError("failed", `the name that was typed is not ${name}`);
      if (id.startsWith("~")) await this.options.catalogue.delete(id, confirm);
      await this.end(id);
      await this.options.catalogue.delete(id, confirm);
      return null;
    });
  }

  private async open(window: LabWindow, { id, left }: Args<"labs.open">): Promise<null> {
    const before = window.shows;
    const lab = await this.inTurn(id, () => this.start(id));
    window.show(lab, id);
    if (left === "stops" && before !== id) {
      await this.inTurn(before, async () => {
        // another window still looks at it
        if (this.shownIn(before).length > 0) return;
        if (before === this.home) this.home = id;
        await this.end(before);
      });
    }
    return null;
  }

  private stop(id: string): Promise<null> {
    return this.inTurn(id, async () => {
      this.checkUnseen(id, "be stopped");
      if (!this.running.has(id)) throw new CommandError("failed", "this lab does not run here");
      await this.end(id);
      return null;
    });
  }

  /**
   * Does something with a lab's folder while nobody has it open: one that runs here is ended for it, where that was allowed,
   * and started again, with its windows.
   */
  private still<T>(id: string, stopFirst: boolean, action: () => Promise<T>): Promise<T> {
    return this.inTurn(id, async () => {
      if (!this.running.has(id)) return action();
      if (!stopFirst) throw new CommandError("lab-running", "this lab runs: a copy of files that are being written would be no copy of anything");
      const windows = this.shownIn(id);
      await this.running.get(id)!.close();
      try {
        return await action();
      } finally {
        const again = await this.begin(id);
        for (const window of windows) window.show(again, id);
      }
    });
  }

  /** @throws CommandError */
  private async start(id: string): Promise<Lab> {
    const known = this.running.get(id);
    if (known !== undefined) return known;
    if (this.closed) throw new CommandError("failed", "the program ends");
    if (this.running.size >= RUNNING_MAX) throw new CommandError("failed", `${RUNNING_MAX} labs run already: stop one first`);
    return this.begin(id);
  }

  private async begin(id: string): Promise<Lab> {
    const folder = this.options.catalogue.folderOf(id);
    // what cannot be read is said before anything is made of it
    this.options.catalogue.fileOf(id);
    try {
      const lab = await this.options.open(folder, id);
      this.running.set(id, lab);
      lab.start();
      return lab;
    } catch (error) {
      if (error instanceof LabFolderError) throw new CommandError("lab-running", error.message.split(";")[0]!, { cause: error });
      throw error;
    }
  }

  private async end(id: string): Promise<void> {
    const lab = this.running.get(id);
    if (lab === undefined) return;
    if (id === this.home) this.home = [...this.running.keys()].find((other) => other !== id)!;
    await lab.close();
    this.running.delete(id);
  }

  private checkUnseen(id: string, what: string): void {
    if (this.shownIn(id).length > 0) throw new CommandError("lab-shown", `a window shows this lab: let it show another one before this one can ${what}`);
    if (this.running.has(id) && this.running.size === 1) throw new CommandError("lab-shown", `this is the only lab that runs: open another one before it can ${what}`);
  }

  private shownIn(id: string): LabWindow[] {
    return [...this.windows].filter((window) => window.shows === id);
  }

  private inTurn<T>(id: string, action: () => Promise<T>): Promise<T> {
    const turn = (this.queues.get(id) ?? Promise.resolve()).then(action, action);
    this.queues.set(id, turn);
    const over = (): void => {
      if (this.queues.get(id) === turn) this.queues.delete(id);
    };
    turn.then(over, over);
    return turn;
  }
}

