/** quorum-lab open FILE: a recording in the window, without a cluster, until it is interrupted. */
import { RecordingError } from "../../lab/contract/recording-pack.ts";
import { serveWindow } from "../../lab/carrier/serve-window.ts";
import { openRecordingFile, type RecordingHost } from "../../lab/recording/recording-host.ts";
import type { OpenArguments } from "./arguments.ts";
import { windowFolder } from "./folders.ts";
import { openBrowser } from "./open-browser.ts";

/** @returns 1 when the file is no recording, or not a whole one */
export async function openRecordingInWindow(args: OpenArguments, signal: AbortSignal): Promise<number> {
  let host: RecordingHost;
  try {
    host = await openRecordingFile(args.file);
  } catch (error) {
    // of the system: no such file, no permission
    const refused = error instanceof RecordingError || (error as NodeJS.ErrnoException).syscall !== undefined;
    if (!refused) throw error;
    process.stderr.write(`quorum-lab: ${(error as Error).message}\n`);
    return 1;
  }
  const { facts, segments } = host.recording;
  const served = await serveWindow({ host, folder: windowFolder(), port: args.port });
  try {
    process.stdout.write(`Quorum Lab: ${served.url}\n`);
    process.stdout.write(`${facts.lab}\t${new Date(facts.from).toISOString()} to ${new Date(facts.to).toISOString()}, ${segments.length} parts\n`);
    if (facts.note !== "") process.stdout.write(`${facts.note}\n`);
    if (args.open) openBrowser(served.url);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
  } finally {
    await served.close();
  }
  return 0;
}
