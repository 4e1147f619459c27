/** The programs that run inside a lab's shell. Loaded when first used: a shell that never calls them starts without them. */
import type { Program } from "../cli/program.ts";

export const labPrograms: Readonly<Record<string, Program>> = {
  etcdctl: async (io) => (await import("../cli/etcdctl/index.ts")).etcdctl(io),
  etcdutl: async (io) => (await import("../cli/etcdutl/index.ts")).etcdutl(io),
};
