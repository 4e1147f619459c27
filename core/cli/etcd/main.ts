/** The program `etcd`: one member of a cluster. Bundled by tools/build.mjs, which also sets V8's flags for it. */
import { run } from "./run.ts";

run(process.argv.slice(2), process.env).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
