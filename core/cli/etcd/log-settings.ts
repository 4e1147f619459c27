/** --log-level, --log-outputs and their like, with etcd's checks and words (embed/config_logging.go). */
import type { FlagValues } from "./settings.ts";
import { type LogSettings, type ZapLevel, logLevels } from "./log.ts";
import type { RotationSettings } from "./log-outputs.ts";
import { ValueError } from "./values.ts";

/** etcd's Go program panics here, and ends with exit code 2. */
export class LevelPanic extends Error {
  override readonly name = "LevelPanic";
}

const streams = ["default", "stderr", "stdout"];

/** @throws ValueError in etcd's words; LevelPanic */
export function logSettings(values: FlagValues): LogSettings {
  const logger = values.text("logger");
  if (logger === "capnslog") throw new ValueError("--logger=capnslog is removed in v3.5");
  if (logger !== "zap") throw new ValueError(`unknown logger option ${JSON.stringify(logger)}`);
  const outputs = values.list(values.isSet("log-output") && !values.isSet("log-outputs") ? "log-output" : "log-outputs");
  if (outputs.length === 0) outputs.push("default");
  if (outputs.length > 1 && outputs.includes("default")) throw new ValueError('multi logoutput for "default" is not supported yet');
  const rotation = values.bool("enable-log-rotation") ? rotationSettings(outputs, values.text("log-rotation-config-json")) : undefined;
  if (outputs.includes("systemd/journal") && outputs.length > 1) {
    const list = outputs.map((output) => JSON.stringify(output)).join(" ");
    throw new ValueError(`running with systemd/journal but other '--log-outputs' values ([${list}]) are configured with 'default'; override 'default' value with something else`);
  }
  const text = values.bool("debug") ? "debug" : values.text("log-level");
  const level = text === "" ? "info" : text === text.toUpperCase() ? text.toLowerCase() : text;
  if (!(logLevels as readonly string[]).includes(level)) throw new LevelPanic(`unrecognized level: ${JSON.stringify(text)}`);
  const format = values.text("log-format");
  if (format !== "json" && format !== "console" && format !== "") throw new ValueError(`unknown log format: ${format}, supported values json, console`);
  return { level: level as ZapLevel, format: format === "" ? "json" : format, outputs, ...(rotation === undefined ? {} : { rotation }) };
}

const kinds: Readonly<Record<string, "int" | "bool" | "string">> = { maxsize: "int", maxage: "int", maxbackups: "int", localtime: "bool", compress: "bool", filename: "string" };

/** One file rotates, and no more. */
function rotationSettings(outputs: readonly string[], text: string): RotationSettings {
  const files = outputs.filter((output) => !streams.includes(output)).length;
  if ((outputs.length === 1 && files === 0) || files > 1) throw new ValueError("--log-outputs requires a single file path when --log-rotate-config-json is defined");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ValueError(`improperly formatted log rotation config: ${syntaxWords(text, error as Error)}`, { cause: error });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new ValueError(`invalid log rotation config: json: cannot unmarshal ${typeName(parsed)} into Go value of type embed.logRotationConfig`);
  }
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(parsed)) {
    const name = key.toLowerCase();
    const kind = kinds[name];
    if (kind === undefined || value === null) continue;
    const fits = kind === "int" ? Number.isInteger(value) : typeof value === (kind === "bool" ? "boolean" : "string");
    if (!fits) throw new ValueError(`invalid log rotation config: json: cannot unmarshal ${typeName(value)} into Go struct field logRotationConfig.Logger.${name} of type ${kind}`);
    found.set(name, value);
  }
  const number = (name: string): number => (found.get(name) as number | undefined) ?? 0;
  return { maxSize: number("maxsize"), maxAge: number("maxage"), maxBackups: number("maxbackups"), localTime: found.get("localtime") === true, compress: found.get("compress") === true };
}

function typeName(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? "number" : `number ${value}`;
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
}

function syntaxWords(text: string, error: Error): string {
  const at = /position (\d+)/.exec(error.message)?.[1];
  if (at === undefined || Number(at) >= text.length) return "unexpected end of JSON input";
  return `invalid character '${text[Number(at)]!}' looking for beginning of value`;
}
