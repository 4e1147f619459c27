/** Runs one solution of one drill with dist/bin/quorum-lab and says what is not as the drill promises. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DrillLibrary, type Report, solutionOf } from "../../core/drills/index.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
export const program = process.env.DRILL_PROGRAM ?? join(project, "dist/bin/quorum-lab");
/** A run that has not ended by then waits for something that does not come; it is told to end, and its lab with it. */
const RUN_MS = 600_000;
export const library = new DrillLibrary(join(project, "resources/drills"));

function runDrill(name: string, seed: number, solution: string): Promise<{ report: Report | undefined; text: string; code: number | null }> {
  const args = [program, "drill", "run", name, "--drills", library.folder, "--seed", String(seed), "--solution", solution, "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], timeout: RUN_MS });
  let out = "";
  let err = "";
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (err += data.toString()));
  return new Promise((resolve) =>
    child.on("close", (code) => {
      const json = out.trim().split("\n").at(-1) ?? "";
      resolve({ report: json.startsWith("{") ? (JSON.parse(json) as Report) : undefined, text: out + err, code });
    }),
  );
}

export interface Judgement {
  readonly problems: readonly string[];
  readonly report: Report | undefined;
}

/** The set-up alone must score as failed; the reference must pass; a wrong solution must fail for its stated reasons. */
export async function judge(name: string, seed: number, solutionName: string): Promise<Judgement> {
  const solution = solutionOf(library.read(name, seed), solutionName);
  const { report, text, code } = await runDrill(name, seed, solutionName);
  if (report === undefined) return { report, problems: [`no report, exit ${code}: ${text}`] };
  const problems: string[] = [];
  const seen = report.checks.map((check) => `${check.passed ? "[x]" : "[ ]"} ${check.id}: ${check.reason}`).join("\n");
  if (report.atHandover.every((check) => check.passed)) problems.push("the set-up alone passes");
  if (solutionName === "reference") {
    if (!report.passed || code !== 0) problems.push(`the reference does not pass (exit ${code}):\n${seen}`);
    for (const danger of report.dangers) if (danger.counts) problems.push(`the reference does something dangerous: ${danger.text}`);
  } else {
    if (report.passed || code !== 1) problems.push(`it passes (exit ${code})`);
    for (const { check, because } of solution.fails) {
      const outcome = report.checks.find((one) => one.id === check)!;
      if (outcome.passed) problems.push(`check ${check} is green: ${outcome.reason}\n${seen}`);
      else if (!because.test(outcome.reason)) problems.push(`check ${check} fails because "${outcome.reason}", not because ${String(because)}`);
    }
    for (const danger of solution.dangers) if (!report.dangers.some((one) => one.name === danger)) problems.push(`it was not told of ${danger}`);
  }
  return { problems, report };
}
