/** systemd unit files, as much of them as the lab's services need. */

export interface UnitFile {
  readonly description: string;
  /** words of ExecStart */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly restart: "no" | "always" | "on-success" | "on-failure" | "on-abnormal" | "on-abort";
  readonly restartMs: number;
  /** wanted by a target, so that it can be enabled */
  readonly installable: boolean;
}

export class UnitFileError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
    this.name = "UnitFileError";
  }
}

const RESTARTS = ["no", "always", "on-success", "on-failure", "on-abnormal", "on-abort"] as const;

/** @throws UnitFileError with the line that cannot be read */
export function parseUnit(text: string): UnitFile {
  const values = new Map<string, string[]>();
  let section = "";
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const first = at;
    let line = lines[at]!.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    while (line.endsWith("\\") && at + 1 < lines.length) {
      const next = lines[++at]!.trim();
      if (!/^[#;]/.test(next)) line = `${line.slice(0, -1).trimEnd()} ${next}`;
    }
    const header = /^\[(.+)\]$/.exec(line);
    if (header !== null) {
      section = header[1]!;
      continue;
    }
    const equals = line.indexOf("=");
    if (equals <= 0 || section === "") throw new UnitFileError(first + 1, section === "" ? "Assignment outside of section." : "Missing '='.");
    const key = `${section}.${line.slice(0, equals).trim()}`;
    const value = line.slice(equals + 1).trim();
    // an empty value takes back what was said before
    if (value === "") values.delete(key);
    else values.set(key, [...(values.get(key) ?? []), value]);
  }
  const last = (key: string): string | undefined => values.get(key)?.at(-1);
  const restart = last("Service.Restart") ?? "no";
  const environment: Record<string, string> = {};
  for (const value of values.get("Service.Environment") ?? []) {
    for (const word of splitWords(value)) {
      const equals = word.indexOf("=");
      if (equals > 0) environment[word.slice(0, equals)] = word.slice(equals + 1);
    }
  }
  return {
    description: last("Unit.Description") ?? "",
    command: splitWords((last("Service.ExecStart") ?? "").replace(/^[-@:+!]+/, "")),
    environment,
    workingDirectory: last("Service.WorkingDirectory") ?? "/",
    restart: RESTARTS.find((one) => one === restart) ?? "no",
    restartMs: seconds(last("Service.RestartSec")) * 1000,
    installable: values.has("Install.WantedBy"),
  };
}

/** "5", "5s", "100ms", "1min"; the default is systemd's 100 ms. */
function seconds(text: string | undefined): number {
  const match = /^([\d.]+)\s*(ms|s|sec|min|m)?$/.exec(text ?? "");
  if (match === null) return 0.1;
  const scale = match[2] === "ms" ? 0.001 : match[2] === "min" || match[2] === "m" ? 60 : 1;
  return Number(match[1]) * scale;
}

/** Words as systemd splits them: blanks, single and double quotes, backslash. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = "";
  let open = false;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\" && quote !== "'" && at + 1 < text.length) {
      word += text[++at]!;
      open = true;
    } else if (quote !== "") {
      if (char === quote) quote = "";
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      open = true;
    } else if (/\s/.test(char)) {
      if (open) words.push(word);
      word = "";
      open = false;
    } else {
      word += char;
      open = true;
    }
  }
  if (open) words.push(word);
  return words;
}
