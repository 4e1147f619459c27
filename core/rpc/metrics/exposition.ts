/** Prometheus' text format, version 0.0.4: families in order of their names, each with HELP and TYPE. */
import type { MetricSample } from "../../server/api.ts";
import { catalog } from "./catalog.ts";

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

/** @throws Error where a sample's name is not in the catalog */
export function exposition(samples: Iterable<MetricSample>): string {
  const families = new Map<string, MetricSample[]>();
  for (const sample of samples) {
    const family = families.get(sample.name);
    if (family === undefined) families.set(sample.name, [sample]);
    else family.push(sample);
  }
  const lines: string[] = [];
  for (const name of [...families.keys()].sort()) {
    const kind = catalog.get(name);
    if (kind === undefined) throw new Error(`no such metric: ${name}`);
    lines.push(`# HELP ${name} ${kind.help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}`, `# TYPE ${name} ${kind.type}`);
    const family = families.get(name)!;
    // series stand in the order of their labels' values
    if (family.length > 1) family.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    for (const sample of family) write(sample, lines);
  }
  return `${lines.join("\n")}\n`;
}

function keyOf({ labels }: MetricSample): string {
  return Object.values(labels).join("\u0000");
}

function write(sample: MetricSample, lines: string[]): void {
  const { name, labels, histogram, summary } = sample;
  if (histogram !== undefined) {
    for (const [bound, count] of histogram.buckets()) lines.push(`${name}_bucket${labelText({ ...labels, le: numberText(bound) })} ${numberText(count)}`);
    lines.push(`${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${numberText(histogram.count)}`);
  } else if (summary !== undefined) for (const [quantile, value] of summary.quantiles) lines.push(`${name}${labelText({ ...labels, quantile: numberText(quantile) })} ${numberText(value)}`);
  else {
    lines.push(`${name}${labelText(labels)} ${numberText(sample.value ?? 0)}`);
    return;
  }
  const { sum, count } = (histogram ?? summary)!;
  lines.push(`${name}_sum${labelText(labels)} ${numberText(sum)}`, `${name}_count${labelText(labels)} ${numberText(count)}`);
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels);
  if (names.length === 0) return "";
  const quoted = names.map((label) => `${label}="${labels[label]!.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`);
  return `{${quoted.join(",")}}`;
}

/** As Go prints floats: with an exponent of two digits from a million on, and below a ten-thousandth. */
function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  const size = Math.abs(value);
  const text = size >= 1e6 || (size < 1e-4 && size > 0) ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}
