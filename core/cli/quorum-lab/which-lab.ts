/** What `--lab` names: a folder, or a lab of the library. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { CommandError } from "../../lab/contract/host.ts";
import { type LabCatalogue, LabFolderError } from "../../lab/index.ts";

/**
 * A word without a slash is the id or the name of a lab in the library, unless a lab lies in a folder of that name.
 * @returns the lab's folder. @throws LabFolderError when the name is that of several labs
 */
export function labFolder(given: string, catalogue: LabCatalogue): string {
  if (/[\\/]/.test(given) || given === "." || given === ".." || existsSync(join(given, "lab.json"))) return resolve(given);
  try {
    return catalogue.folderOf(catalogue.find(given));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.message.startsWith("more than one")) throw new LabFolderError("lab-unreadable", error.message);
    return resolve(given);
  }
}
