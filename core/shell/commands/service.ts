/** service NAME ACTION: the older way to the same service manager. */
import { UnitError } from "../world.ts";
import type { ShellCommand } from "./command.ts";
import { act, status } from "./systemctl.ts";

export const service: ShellCommand = async (io, shell) => {
  const [name, action] = io.argv;
  if (name === "--status-all") {
    for (const unit of shell.host.services.list()) io.stdout.write(` [ ${unit.activity === "active" ? "+" : "-"} ]  ${unit.name.replace(/\.service$/, "")}\n`);
    return 0;
  }
  if (name === undefined || action === undefined) {
    io.stderr.write("Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]\n");
    return 1;
  }
  switch (action) {
    case "status":
      return status(io, shell.host, [name], 10);
    case "start":
    case "stop":
    case "restart":
    case "--full-restart":
    case "force-reload":
      try {
        await act(shell.host, action === "start" || action === "stop" ? action : "restart", name, io);
        return 0;
      } catch (error) {
        if (!(error instanceof UnitError)) throw error;
        io.stderr.write(error.code === 5 ? `Failed to ${action} ${name}.service: ${error.message}\n` : `${error.message}\n`);
        return error.code;
      }
    default:
      io.stderr.write(`Usage: service ${name} {start|stop|restart|status}\n`);
      return 1;
  }
};
