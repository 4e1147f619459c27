/** Widths of characters in a terminal's cells, and a text cut into what the cursor steps over. */

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What one cursor key moves over. */
export function graphemes(text: string): string[] {
  // most lines are plain, and then this is what segmenting would give
  if (/^[\x20-\x7e\n]*$/.test(text)) return [...text];
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

/** 0, 1 or 2 cells. */
export function cellWidth(grapheme: string): number {
  const code = grapheme.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0;
  if (code < 0x300) return 1;
  if (/^\p{Mark}/u.test(grapheme) || code === 0x200b || code === 0x200d || code === 0xfeff) return 0;
  return isWide(code) || grapheme.includes("\ufe0f") ? 2 : 1;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0x303e) ||
    (code >= 0x3041 && code <= 0x33ff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0xa000 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1f64f) ||
    (code >= 0x1f680 && code <= 0x1f6ff) ||
    (code >= 0x1f900 && code <= 0x1f9ff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

export function textWidth(text: string): number {
  return graphemes(text).reduce((sum, grapheme) => sum + cellWidth(grapheme), 0);
}

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** Where the cursor stands behind `text`, written from `from` on, in a terminal of this width. */
export function place(text: string, columns: number, from: Cell = { row: 0, column: 0 }): Cell {
  let { row, column } = from;
  for (const grapheme of graphemes(text)) {
    if (grapheme === "\n") {
      row++;
      column = 0;
      continue;
    }
    const width = cellWidth(grapheme);
    // a wide character does not fit into the last cell
    if (column + width > columns) {
      row++;
      column = 0;
    }
    column += width;
  }
  // behind the last cell the next row begins
  return column >= columns ? { row: row + 1, column: 0 } : { row, column };
}
