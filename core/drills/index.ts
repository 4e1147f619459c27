/** Drills, for whoever carries them: the command line program, the window's host, tests. */
export { type Drill, DrillFormatError, problemLine } from "./format/drill.ts";
export { DrillLibrary } from "./format/library.ts";
export { best, keepAttempt, overviewCsv, overviewMarkdown, ProgressError, readProgress } from "./progress.ts";
export { toHtml, toMarkdown } from "./run/debrief.ts";
export { taskText } from "./run/drill-program.ts";
export { DrillRun, DrillSetupError, solutionOf } from "./run/drill-run.ts";
export type { Report } from "./run/report.ts";
