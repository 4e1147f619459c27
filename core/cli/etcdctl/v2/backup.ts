/** v2's `backup` (etcd 3.4 etcdctl/ctlv2/command/backup_command.go): what it copies is said in etcdutl/backup. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { ProgramIo } from "../../program.ts";
import type { V2Command } from "./command.ts";
import { isOn } from "./flags.ts";

/** One line as 3.4's default logger prints it: local time to the microsecond. */
function logLine(io: ProgramIo, text: string): void {
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const micros = `${String(now.getMilliseconds()).padStart(3, "0")}${String(Math.floor((performance.now() % 1) * 1000)).padStart(3, "0")}`;
  io.stderr.write(`${date} ${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${micros} I | ${text}\n`);
}

export const backupCommand: V2Command = {
  name: "backup",
  usage: "backup an etcd directory",
  argsUsage: " ",
  flags: [
    { names: ["data-dir"], kind: "string", usage: "Path to the etcd data dir" },
    { names: ["wal-dir"], kind: "string", usage: "Path to the etcd wal dir" },
    { names: ["backup-dir"], kind: "string", usage: "Path to the backup dir" },
    { names: ["backup-wal-dir"], kind: "string", usage: "Path to the backup wal dir" },
    { names: ["with-v3"], kind: "bool", usage: "Backup v3 backend data" },
  ],
  async run({ io, flags }) {
    const given = (name: string): string => flags.values.get(name) ?? "";
    const { backup, backupFailure } = await import("../../etcdutl/backup/index.ts");
    try {
      await backup({
        snapDir: io.path(join(given("data-dir"), "member", "snap")),
        walDir: io.path(given("wal-dir") || join(given("data-dir"), "member", "wal")),
        backupSnapDir: io.path(join(given("backup-dir"), "member", "snap")),
        backupWalDir: io.path(given("backup-wal-dir") || join(given("backup-dir"), "member", "wal")),
        withV3: isOn(flags, "with-v3"),
        memberId: randomBytes(8).readBigUInt64BE(),
        clusterId: randomBytes(8).readBigUInt64BE(),
        signal: io.signal,
        tell: (text) => logLine(io, text),
      });
    } catch (error) {
      const failure = backupFailure(error);
      if (failure === undefined) throw error;
      logLine(io, failure);
      return 1;
    }
    return 0;
  },
};
