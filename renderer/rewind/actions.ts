/** What can be done about recordings: going back, saving, opening. */
import { lab, rewind, screen } from "../state/app.ts";
import type { Action } from "../state/screen.svelte.ts";
import { text } from "../text.ts";

const t = text.rewind;

/** Back some seconds, and from there to live again. */
export function rewindAction(): Action {
  if (lab.past === null) return { id: "rewind", label: t.beginLong, keys: "R", icon: "rewind", blocked: lab.present === null ? text.actions.offline : "", run: () => void rewind.begin() };
  if (rewind.facts === null) return { id: "rewind", label: t.goLive, keys: "R", icon: "follow", run: () => rewind.goLive() };
  return { id: "rewind", label: t.close, icon: "close", blocked: rewind.closable ? "" : t.blockedFile, run: () => rewind.goLive() };
}

export function saveRecordingAction(): Action {
  return { id: "save-recording", label: t.saveLong, icon: "save", blocked: rewind.possible ? "" : t.nothing, run: () => void save() };
}

async function save(): Promise<void> {
  rewind.pause();
  await rewind.upToDate();
  screen.dialog = { kind: "save-recording" };
}

/** Lets the reader choose a file. */
function chooseFile(): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".qrec,.gz";
  input.onchange = () => {
    const file = input.files?.[0];
    if (file !== undefined) void rewind.open(file);
  };
  input.click();
}

export function rewindActions(): Action[] {
  return [rewindAction(), saveRecordingAction(), { id: "open-recording", label: t.open, icon: "timeline", run: chooseFile }];
}
