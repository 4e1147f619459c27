/** The lab, for whoever carries it: the command line program, Electron's main process, tests. */
export { createLab, Lab, type LabOptions } from "./lab.ts";
export { openRecordingFile } from "./recording/recording-host.ts";
export { LabFolderError } from "./lab-file.ts";
export { LabCatalogue, type LabEntry } from "./labs/catalogue.ts";
export { LabDesk } from "./labs/desk.ts";
export { type MemberProcess, type MemberSpawn, type SpawnMember, spawnNodeMember } from "./member-process.ts";
