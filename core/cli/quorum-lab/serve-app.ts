/** quorum-lab: the lab with its window on a loopback port, until it is interrupted. */
import { serveWindow } from "../../lab/carrier/serve-window.ts";
import { createLab, type Lab, LabDesk, spawnNodeMember } from "../../lab/index.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { labPrograms } from "../../shell/programs.ts";
import type { ServeArguments } from "./arguments.ts";
import { defaultLabFolder, etcdProgram, windowFolder } from "./folders.ts";
import { openBrowser } from "./open-browser.ts";
import { openCatalogue } from "./run-lab.ts";
import { labFolder } from "./which-lab.ts";

export async function serveApp(args: ServeArguments, version: string, signal: AbortSignal): Promise<number> {
  const catalogue = openCatalogue(args.library, version);
  const open = (folder: string, id: string): Promise<Lab> =>
    createLab({ folder, id, otherBlocks: catalogue.otherBlocks(id), name: "lab", members: args.members, version, clock: nodeClock, spawnMember: spawnNodeMember, etcdProgram: etcdProgram(), programs: labPrograms });
  const desk = await LabDesk.begin({ catalogue, open }, args.lab === undefined ? defaultLabFolder() : labFolder(args.lab, catalogue));
  const lab = desk.first;
  try {
    // members elect while the window is served
    lab.start();
    const served = await serveWindow({ host: desk, folder: windowFolder(), port: args.port });
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
    await desk.close();
  }
  return 0;
}
