/** Prometheus' text format, version 0.0.4: families in order of their names, each with HELP and TYPE. */
import type { MetricSample } from "../../server/api.ts";

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Samples of one name must agree on help and type; the first one's are told. */
export function exposition(samples: Iterable<MetricSample>): string {
  const families = new Map<string, MetricSample[]>();
  for (const sample of samples) {
    const family = families.get(sample.name);
    if (family === undefined) families.set(sample.name, [sample]);
    else family.push(sample);
  }
  const lines: string[] = [];
  for (const name of [...families.keys()].sort()) {
    const family = families.get(name)!;
    const { help, type } = family[0]!;
    if (help !== "") lines.push(`# HELP ${name} ${help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}`);
    lines.push(`# TYPE ${name} ${type}`);
    for (const sample of family) write(sample, lines);
  }
  return `${lines.join("\n")}\n`;
}

function write(sample: MetricSample, lines: string[]): void {
  const { name, labels } = sample;
  if (sample.type !== "histogram") {
    lines.push(`${name}${labelText(labels)} ${numberText(sample.value ?? 0)}`);
    return;
  }
  for (const [bound, count] of sample.buckets ?? []) lines.push(`${name}_bucket${labelText({ ...labels, le: numberText(bound) })} ${count}`);
  lines.push(`${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${sample.count ?? 0}`);
  lines.push(`${name}_sum${labelText(labels)} ${numberText(sample.sum ?? 0)}`);
  lines.push(`${name}_count${labelText(labels)} ${sample.count ?? 0}`);
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels);
  if (names.length === 0) return "";
  const quoted = names.map((label) => `${label}="${labels[label]!.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`);
  return `{${quoted.join(",")}}`;
}

/** As Go prints floats: exponents from 1e+21 on, as JavaScript does, with a sign and two digits. */
function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (Number.isInteger(value) && Math.abs(value) >= 1e6) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return String(value).replace(/e([+-])(\d)$/, "e$10$2");
}
