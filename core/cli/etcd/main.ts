/** The program `etcd`: one member of a cluster. Bundled to dist/bin/etcd by tools/build.mjs. */
import { run } from "./run.ts";

run(process.argv.slice(2), process.env).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
