/** quorum-lab: the lab with its window on a loopback port, until it is interrupted. */
import { spawn } from "node:child_process";
import { serveWindow } from "../../lab/carrier/serve-window.ts";
import { createLab, spawnNodeMember } from "../../lab/index.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { labPrograms } from "../../shell/programs.ts";
import type { ServeArguments } from "./arguments.ts";
import { defaultLabFolder, etcdProgram, windowFolder } from "./folders.ts";

export async function serveApp(args: ServeArguments, version: string, signal: AbortSignal): Promise<number> {
  const lab = await createLab({
    folder: args.lab ?? defaultLabFolder(),
    name: "lab",
    members: args.members,
    version,
    clock: nodeClock,
    spawnMember: spawnNodeMember,
    etcdProgram: etcdProgram(),
    programs: labPrograms,
  });
  try {
    // members elect while the window is served
    lab.start();
    const served = await serveWindow({ host: lab, folder: windowFolder(), port: args.port });
    try {
      process.stdout.write(`Quorum Lab: ${served.url}\n`);
      for (const host of lab.hosts) process.stdout.write(`${host.name}\t${host.clientUrl}\n`);
      if (args.open) openBrowser(served.url);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
    } finally {
      await served.close();
    }
  } finally {
    await lab.close();
  }
  return 0;
}

/** The address stands on the terminal too, so a browser that cannot be started is no failure. */
function openBrowser(url: string): void {
  const [program, ...args] = process.platform === "darwin" ? ["open", url] : process.platform === "win32" ? ["cmd", "/c", "start", "", url] : ["xdg-open", url];
  const child = spawn(program!, args, { stdio: "ignore", detached: true });
  child.on("error", () => process.stderr.write("No browser could be started; open the address above.\n"));
  child.unref();
}
