/** The colours themselves, without a browser: terms are told apart by those who see fewer colours, and text is read on what it stands on. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync("renderer/styles/tokens.css", "utf8");
const [usual = "", more = ""] = css.split(':root[data-contrast="more"]');

type Rgb = readonly [number, number, number];
type Scheme = "light" | "dark";

/** 0 to 1, linear light. */
function linear(hex: string): Rgb {
  const channel = (at: number): number => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** A token's colour as a sheet has it. @param contrast true: as those see it who want more */
function token(name: string, scheme: Scheme, contrast = false): Rgb {
  const found = (sheet: string): RegExpExecArray | null => new RegExp(`--${name}: (?:light-dark\\((#\\w{6}), (#\\w{6})\\)|(#\\w{6}))`).exec(sheet);
  const match = (contrast ? found(more) : null) ?? found(usual);
  const hex = match?.[3] ?? match?.[scheme === "light" ? 1 : 2];
  if (hex === undefined) throw new Error(`no colour --${name}`);
  return linear(hex);
}

/** WCAG 2, relative luminance and contrast. */
function contrastOf(a: Rgb, b: Rgb): number {
  const [low, high] = [a, b].map(([r, g, blue]) => 0.2126 * r + 0.7152 * g + 0.0722 * blue).sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Full dichromacy, on linear light (Machado, Oliveira, Fernandes 2009, severity 1). */
const sights: Readonly<Record<string, readonly [Rgb, Rgb, Rgb]>> = {
  "all three": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  "no red (protanopia)": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  "no green (deuteranopia)": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  "no blue (tritanopia)": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

function times(rows: readonly [Rgb, Rgb, Rgb], [r, g, b]: Rgb): Rgb {
  return rows.map(([x, y, z]) => x * r + y * g + z * b) as unknown as Rgb;
}

/** Distance in OKLab (Ottosson 2020), in hundredths: 2 is just noticed side by side, 10 is plainly another colour. */
function distance(a: Rgb, b: Rgb): number {
  const lab = (colour: Rgb): Rgb => {
    const cone = times([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], colour);
    const root = cone.map((one) => Math.cbrt(Math.max(0, one))) as unknown as Rgb;
    return times([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]], root);
  };
  const [x, y] = [lab(a), lab(b)];
  return 100 * Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

const terms = [0, 1, 2, 3, 4, 5, 6];
const pairs = terms.flatMap((a) => terms.filter((b) => b > a).map((b) => [a, b] as const));

describe("the colours of terms", () => {
  test.each(Object.entries(sights))("are told apart with %s", (_, sight) => {
    for (const [a, b] of pairs) {
      const apart = distance(times(sight, token(`term-${a}`, "light")), times(sight, token(`term-${b}`, "light")));
      // terms that follow each other stand side by side; of the others the printed number tells as well
      const neighbours = b - a === 1 || b - a === terms.length - 1;
      expect(apart, `term ${a} and term ${b}`).toBeGreaterThan(neighbours ? 8 : 7);
    }
  });

  test("carry their number legibly, and their strokes are seen on the ground", () => {
    for (const term of terms) {
      expect(contrastOf(token(term === 4 ? "term-ink-4" : "term-ink", "light"), token(`term-${term}`, "light")), `ink on term ${term}`).toBeGreaterThan(4.5);
      for (const scheme of ["light", "dark"] as const) {
        expect(contrastOf(token(`term-line-${term}`, scheme), token("ground", scheme)), `stroke of term ${term}, ${scheme}`).toBeGreaterThan(3);
        expect(contrastOf(token(`term-line-${term}`, scheme, true), token("ground", scheme, true)), `stroke of term ${term}, ${scheme}, more`).toBeGreaterThan(6.9);
      }
    }
  });
});

describe.each([false, true])("text (more contrast: %s)", (contrast) => {
  test.each(["light", "dark"] as const)("is read on every surface, %s", (scheme) => {
    for (const ink of ["ink", "ink-2", "ink-3", "good", "warn", "bad", "accent"]) {
      for (const surface of ["ground", "surface", "raised", "sunken"]) {
        expect(contrastOf(token(ink, scheme, contrast), token(surface, scheme, contrast)), `${ink} on ${surface}`).toBeGreaterThan(contrast ? 7 : 4.5);
      }
    }
    for (const name of ["good", "warn", "bad"]) expect(contrastOf(token(name, scheme, contrast), token(`${name}-soft`, scheme, contrast)), `${name} on its ground`).toBeGreaterThan(contrast ? 7 : 4.5);
    if (contrast) for (const line of ["line", "line-strong", "edge"]) expect(contrastOf(token(line, scheme, true), token("ground", scheme, true)), line).toBeGreaterThan(3);
  });
});
