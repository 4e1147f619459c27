/**
 * Resource quantities (`500m`, `1.5Gi`, `2e3`) in canonical form, as Kubernetes' resource.Quantity prints them: no precision lost down
 * to nano, no fraction, the largest suffix that fits. Kept as BigInt nanos.
 */

const BINARY: readonly string[] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: readonly string[] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const NANO = 1_000_000_000n;
const MAX = ((1n << 63n) - 1n) * NANO;

interface Quantity {
  readonly nanos: bigint;
  readonly format: "decimal" | "binary" | "exponent";
}

/** undefined for text that is no quantity */
export function parseQuantity(text: string): Quantity | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?|[eE][+-]?\d+)$/.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  let numerator = BigInt(whole + fraction);
  let denominator = 10n ** BigInt(fraction.length);
  let format: Quantity["format"] = "decimal";
  if (BINARY.indexOf(suffix) > 0) {
    format = "binary";
    numerator <<= BigInt(10 * BINARY.indexOf(suffix));
  } else if (/^[eE][+-]?\d/.test(suffix)) {
    format = "exponent";
    const exponent = Math.max(-60, Math.min(60, Number(suffix.slice(1))));
    if (exponent >= 0) numerator *= 10n ** BigInt(exponent);
    else denominator *= 10n ** BigInt(-exponent);
  } else {
    const power = (DECIMAL.indexOf(suffix) - 3) * 3;
    if (power >= 0) numerator *= 10n ** BigInt(power);
    else denominator *= 10n ** BigInt(-power);
  }
  numerator *= NANO;
  // away from zero: a request is never rounded to less than was asked
  let nanos = (numerator + denominator - 1n) / denominator;
  if (nanos > MAX) nanos = MAX;
  return { nanos: sign === "-" ? -nanos : nanos, format };
}

function printQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return "0";
  const negative = nanos < 0n;
  const size = negative ? -nanos : nanos;
  const minus = negative ? "-" : "";
  if (format === "binary" && size >= 1024n * NANO && size % NANO === 0n) {
    let units = size / NANO;
    let step = 0;
    while (step < BINARY.length - 1 && units % 1024n === 0n) {
      units /= 1024n;
      step++;
    }
    return `${minus}${units}${BINARY[step] ?? ""}`;
  }
  let units = size;
  let step = 0;
  const steps = format === "exponent" ? 20 : DECIMAL.length - 1;
  while (step < steps && units % 1000n === 0n) {
    units /= 1000n;
    step++;
  }
  if (format !== "exponent") return `${minus}${units}${DECIMAL[step] ?? ""}`;
  return step === 3 ? `${minus}${units}` : `${minus}${units}e${(step - 3) * 3}`;
}

/** Canonical text of a quantity; numbers are read as their decimal text. undefined if it is none. */
export function canonicalQuantity(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const parsed = parseQuantity(String(value).trim());
  return parsed === undefined ? undefined : printQuantity(parsed);
}
