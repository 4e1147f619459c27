/** lock: holds a named lock while a command runs, or until a signal comes (etcd etcdctl lock_command.go). */
import { type Command, Exit, ExitError } from "../../cobra/command.ts";
import { runChild } from "../child.ts";
import { connected } from "../connection.ts";
import { printAnswer } from "../printers/index.ts";
import { Place, Session } from "../session.ts";
import { bad } from "./arguments.ts";
import { untilAborted } from "./until-aborted.ts";

export const lockCommand: Command = {
  use: "lock <lockname> [exec-command arg1 arg2 ...]",
  short: "Acquires a named lock",
  long: "Waits for its turn, then holds the lock while the command runs, with ETCD_LOCK_KEY and ETCD_LOCK_REV set; without a command until it is interrupted.",
  flags: [{ name: "ttl", kind: "int", default: "10", usage: "timeout for session" }],
  run(flags, io) {
    const [name, ...command] = flags.args;
    if (name === undefined) throw bad("lock takes a lock name argument and an optional command to execute");
    return connected(
      flags,
      io,
      async (connection) => {
        const session = await Session.open(connection, flags.int("ttl") > 0 ? flags.int("ttl") : 60);
        try {
          const place = new Place(session, name);
          const revision = await place.take("", connection.lasting());
          if (command.length > 0) {
            const code = await runChild(io, command, { ETCD_LOCK_KEY: place.key.toString(), ETCD_LOCK_REV: String(revision) }).finally(() => place.leave());
            if (code !== 0) throw new ExitError(code, `exit status ${code}`);
            return Exit.Success;
          }
          const response = await connection.askLong((options) => connection.client.range({ key: place.key }, options));
          if (response.kvs.length === 0) throw new ExitError(Exit.Error, "lock lost on init");
          printAnswer({ kind: "get", response }, flags, io);
          if (await Promise.race([untilAborted(io.signal).then(() => true), session.done.then(() => false)])) {
            await place.leave();
            return Exit.Success;
          }
          throw new ExitError(Exit.Error, "session expired");
        } finally {
          session.orphan();
        }
      },
      { ownSignals: true },
    );
  },
};
