/**
 * v2's `backup`: a copy of a data-dir of which a new single-member cluster can be started. v2 keys live in the v3 store here, so the
 * copy is made of the database, as `backup --with-v3` does, with the member's log begun anew.
 */
import { join } from "node:path";
import { V2Exit, type V2Command } from "./commands.ts";

export const backupCommand: V2Command = {
  name: "backup",
  usage: "backup an etcd directory",
  flags: [
    { names: ["data-dir"], kind: "string", usage: "Path to the etcd data dir" },
    { names: ["wal-dir"], kind: "string", usage: "Path to the etcd wal dir" },
    { names: ["backup-dir"], kind: "string", usage: "Path to the backup dir" },
    { names: ["backup-wal-dir"], kind: "string", usage: "Path to the backup wal dir" },
    { names: ["with-v3"], kind: "bool", usage: "Backup v3 backend data" },
  ],
  async run({ io, flags }) {
    const dataDir = flags.values.get("data-dir");
    const backupDir = flags.values.get("backup-dir");
    if (dataDir === undefined || backupDir === undefined) throw new V2Exit(1, "--data-dir and --backup-dir are required");
    const { etcdutl } = await import("../../etcdutl/index.ts");
    const walDir = flags.values.get("backup-wal-dir");
    const code = await etcdutl({
      ...io,
      argv: ["snapshot", "restore", "--skip-hash-check", `--data-dir=${backupDir}`, ...(walDir === undefined ? [] : [`--wal-dir=${walDir}`]), "--", join(dataDir, "member", "snap", "db")],
    });
    if (code !== 0) throw new V2Exit(1, `backup of ${dataDir} failed`);
    return 0;
  },
};
