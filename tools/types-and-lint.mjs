/**
 * Types and lint in one go: half of what either costs is to understand the whole house's types, and that is done once here.
 * Prints what is wrong; exits with 1 if anything is.
 */
import { ESLint } from "eslint";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const project = fileURLToPath(new URL("..", import.meta.url));
const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => project, getNewLine: () => "\n" };

const path = `${project}tsconfig.json`;
const { config, error } = ts.readConfigFile(path, (name) => ts.sys.readFile(name));
if (error !== undefined) throw new Error(ts.formatDiagnostic(error, host));
const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(path));
const program = ts.createProgram({ rootNames: fileNames, options, configFileParsingDiagnostics: errors });
const wrong = ts.getPreEmitDiagnostics(program);
if (wrong.length > 0) console.log(ts.formatDiagnostics(wrong, host));

const eslint = new ESLint({
  cwd: project,
  overrideConfig: [{ files: ["core/**/*.ts", "electron/**/*.ts", "test/**/*.ts"], languageOptions: { parserOptions: { projectService: false, programs: [program] } } }],
});
const results = await eslint.lintFiles(["."]);
const formatter = await eslint.loadFormatter("stylish");
const told = await formatter.format(results);
if (told !== "") console.log(told);
const bad = results.some(({ errorCount, warningCount }) => errorCount + warningCount > 0);
process.exitCode = wrong.length > 0 || bad ? 1 : 0;
