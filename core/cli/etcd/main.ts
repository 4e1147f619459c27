/** The program `etcd`: one member of a cluster. Bundled to dist/bin/etcd by tools/build.mjs. */
import { setFlagsFromString } from "node:v8";
import { run } from "./run.ts";

// A member runs the same few hundred functions for days, and its first seconds count too: code that is called often is compiled
// after half the usual number of calls. That is a tenth to a sixth less CPU for each put in the first minute.
setFlagsFromString("--interrupt-budget=30000");

run(process.argv.slice(2), process.env).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
