/** quorum-lab lab: the library of labs without a window. */
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { CommandError } from "../../lab/contract/host.ts";
import type { LabShape } from "../../lab/contract/labs.ts";
import { LabCatalogue, type LabEntry, LabFolderError } from "../../lab/index.ts";
import type { LabArguments } from "./lab-arguments.ts";
import { libraryFolder, savedFolder } from "./folders.ts";

export function openCatalogue(library: string | undefined, version: string): LabCatalogue {
  return new LabCatalogue({ folder: library ?? libraryFolder(), saved: savedFolder(library), version, now: () => Date.now() });
}

/** @returns 0, or 1 where it could not be done */
export async function runLab(args: LabArguments, version: string): Promise<number> {
  try {
    await perform(args, openCatalogue(args.library, version));
    return 0;
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof LabFolderError)) throw error;
    process.stderr.write(`quorum-lab: ${error.message}\n`);
    return 1;
  }
}

async function perform({ request, json }: LabArguments, catalogue: LabCatalogue): Promise<void> {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  switch (request.verb) {
    case "list": {
      const labs = await catalogue.list(() => false);
      if (json) say(JSON.stringify(labs, null, 1));
      else if (labs.length === 0) say(`No labs in ${catalogue.folder} yet. Make one: quorum-lab lab create NAME`);
      else for (const line of table(labs)) say(line);
      return;
    }
    case "create": {
      const id = catalogue.create(request.name, request.shape);
      say(`${request.name}: ${shapeWords(request.shape)}. Start it: quorum-lab --lab ${id}`);
      return;
    }
    case "clone": {
      const id = await catalogue.clone(catalogue.find(request.lab), request.name);
      say(`${request.name} is a copy of ${request.lab}. Start it: quorum-lab --lab ${id}`);
      return;
    }
    case "rename":
      catalogue.rename(catalogue.find(request.lab), request.name);
      say(`${request.lab} is called ${request.name} now`);
      return;
    case "delete": {
      const id = catalogue.find(request.lab);
      const { name } = catalogue.fileOf(id);
      await catalogue.delete(id, request.confirm ?? (await typed(`Type ${name} to delete it for good: `)));
      say(`${name} is deleted`);
      return;
    }
    case "save": {
      const { path, bytes } = await catalogue.save(catalogue.find(request.lab), request.file === undefined ? undefined : resolve(request.file));
      say(`${path} (${sizeWords(bytes)})`);
      return;
    }
    case "open": {
      const { id, name } = await catalogue.import(resolve(request.file), request.name);
      say(`${name} is in your library. Start it: quorum-lab --lab ${id}`);
    }
  }
}

/** "" where nobody is there to type */
async function typed(question: string): Promise<string> {
  if (process.stdin.isTTY !== true) return "";
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

function table(labs: readonly LabEntry[]): string[] {
  const rows = labs.map((lab) => [lab.id, lab.name, lab.shape === null ? lab.problem : shapeWords(lab.shape), sizeWords(lab.bytes), lab.usedAt === 0 ? "never used" : new Date(lab.usedAt).toISOString().slice(0, 16).replace("T", " "), lab.state === "stopped" ? "" : "open"]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
}

function shapeWords({ voters, learners, spare, tls, auth, flags }: LabShape): string {
  const counted = (count: number, one: string): string[] => (count === 0 ? [] : [`${count} ${one}${count === 1 ? "" : "s"}`]);
  const parts = [...counted(voters, "member"), ...counted(learners, "learner"), ...counted(spare, "empty host")];
  return [parts.join(", "), ...(tls ? ["TLS"] : []), ...(auth ? ["auth"] : []), ...(flags === "3.4" ? ["flags of 3.4"] : [])].join(", ");
}

function sizeWords(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** step).toFixed(step === 0 || bytes / 1024 ** step >= 100 ? 0 : 1)} ${units[step]!}`;
}
