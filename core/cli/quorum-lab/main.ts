/** The program quorum-lab: `dist/bin/quorum-lab`. */
import { LabFolderError } from "../../lab/index.ts";
import { readArguments, USAGE, UsageError } from "./arguments.ts";

declare const QUORUM_LAB_VERSION: string | undefined;
const version = typeof QUORUM_LAB_VERSION === "string" ? QUORUM_LAB_VERSION : "0.1.0";

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    // the second time somebody means it: nothing is waited for; members end when this process is gone
    if (stop.signal.aborted) process.exit(130);
    stop.abort(name === "SIGINT" ? "SIGINT" : "SIGTERM");
  });
}

async function run(): Promise<number> {
  const args = readArguments(process.argv.slice(2));
  switch (args.command) {
    case "help":
      process.stdout.write(USAGE);
      return 0;
    case "version":
      process.stdout.write(`quorum-lab ${version}\n`);
      return 0;
    case "sh":
      return (await import("./run-sh.ts")).runSh(args, version, stop.signal);
    case "lab":
      return (await import("./run-lab.ts")).runLab(args, version);
    case "drill":
      return (await import("./run-drill.ts")).runDrill(args, version, stop.signal);
    case "open":
      return (await import("./open-recording.ts")).openRecordingInWindow(args, stop.signal);
    case "serve":
      return (await import("./serve-app.ts")).serveApp(args, version, stop.signal);
  }
}

run().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (error instanceof UsageError) process.stderr.write(`quorum-lab: ${error.message}\n\n${USAGE}`);
    else if (error instanceof LabFolderError) process.stderr.write(`quorum-lab: ${error.message}\n`);
    else process.stderr.write(`quorum-lab: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);
