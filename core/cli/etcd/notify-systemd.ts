/**
 * READY=1 for systemd (etcd server/etcdmain: notifySystemd). Node cannot write to a unix datagram socket, so systemd's own
 * `systemd-notify` does it, which is there wherever something listens. Without privileges it writes under its own process id:
 * the unit then needs NotifyAccess=all. It does not wait until the listener has read: etcd does not either.
 */
import { execFile } from "node:child_process";
import type { ZapLog } from "./log.ts";

const NOTIFY_MS = 5000;

export async function notifySystemd(environment: Readonly<Record<string, string | undefined>>, log: ZapLog): Promise<void> {
  log.info("notifying init daemon");
  const { NOTIFY_SOCKET } = environment;
  if (NOTIFY_SOCKET !== undefined && NOTIFY_SOCKET !== "") {
    const failure = await new Promise<Error | undefined>((resolve) => {
      execFile("systemd-notify", ["--ready", "--no-block"], { env: environment as NodeJS.ProcessEnv, timeout: NOTIFY_MS }, (error) => resolve(error ?? undefined));
    });
    if (failure !== undefined) {
      log.error("failed to notify systemd for readiness", { error: failure.message.trim() });
      return;
    }
  }
  log.info("successfully notified init daemon");
}
