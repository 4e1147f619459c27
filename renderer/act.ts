/** How the window asks for something to be done, and why it cannot at the moment. */
import type { CommandName, Commands } from "../core/lab/contract/protocol.ts";
import { lab, rewind, screen } from "./state/app.ts";
import { text } from "./text.ts";

/** Does a command and says so when it fails; `over` hears whether it was done. */
export function act<K extends CommandName>(what: string, name: K, args: Commands[K]["args"], over?: (done: boolean) => void): void {
  lab.call(name, args).then(
    () => over?.(true),
    (error: unknown) => {
      screen.notice(text.notices.failed(what, error instanceof Error ? error.message : String(error)));
      over?.(false);
    },
  );
}

export function offlineOr(blocked: string): string {
  if (lab.past !== null) return rewind.facts === null ? text.rewind.blocked : text.rewind.blockedFile;
  return lab.connected ? blocked : text.actions.offline;
}
