/**
 * etcdctl: the v3 commands of 3.6; with ETCDCTL_API=2 the v2 commands as 3.4 had them. Offline snapshot commands that 3.6
 * moved to etcdutl still work here as in 3.5, with its note on stderr.
 */
import type { Program } from "../program.ts";

export const etcdctl: Program = async (io) => {
  const api = io.env.ETCDCTL_API ?? "";
  if (api === "2") return (await import("./v2/index.ts")).etcdctlV2(io);
  if (api !== "" && api !== "3") {
    io.stderr.write(`unsupported API version ${api}\n`);
    return 1;
  }
  return (await import("./v3.ts")).etcdctlV3(io);
};
