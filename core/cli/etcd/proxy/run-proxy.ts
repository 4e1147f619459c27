/** The two proxies of the program, by their first word. */
import { addressBookOf } from "../lab-link.ts";
import { createLog } from "../log.ts";
import { gatewayCommand } from "./gateway.ts";
import { grpcProxyCommand } from "./grpc-proxy.ts";
import { runProxyCommand } from "./proxy-command.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** @param argv "gateway" or "grpc-proxy", and what follows. @returns exit code */
export function runProxy([name, ...rest]: readonly string[], env: Environment): Promise<number> {
  const log = createLog({ level: "info", format: "json", outputs: ["default"] });
  const book = addressBookOf(env);
  const command = name === "gateway" ? gatewayCommand([process.argv[1] ?? "etcd", name, ...rest], env, book, log) : grpcProxyCommand(env, book, log);
  return runProxyCommand(command, rest);
}
