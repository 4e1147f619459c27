/** Small pieces of Go's text formatting that etcd's tools print with: tables, sizes, aligned columns. */

/** humanize.Bytes: SI, base 1000: `20 kB`, `1.5 MB`. */
export function humanBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
  if (bytes < 10) return `${bytes} B`;
  const exponent = Math.min(Math.floor(Math.log10(bytes) / 3 + 1e-9), units.length - 1);
  const value = Math.floor((bytes / 1000 ** exponent) * 10 + 0.5) / 10;
  if (value < 10) return `${value.toFixed(1)} ${units[exponent]}`;
  // Go rounds halves to even: 20.5 kB is printed as 20 kB
  const whole = value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value);
  return `${whole} ${units[exponent]}`;
}

/** The bordered table of `-w table`: upper-case header in the middle, cells to the right. */
export function asciiTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? "").length)));
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+\n`;
  const centred = (text: string, width: number): string => {
    const left = Math.floor((width - text.length) / 2);
    return " ".repeat(left) + text + " ".repeat(width - text.length - left);
  };
  const line = (cells: readonly string[], pad: (text: string, width: number) => string): string => `|${cells.map((cell, column) => ` ${pad(cell, widths[column]!)} `).join("|")}|\n`;
  return (
    rule +
    line(header.map((name) => name.toUpperCase()), centred) +
    rule +
    rows.map((row) => line(header.map((_, column) => row[column] ?? ""), (text, width) => text.padStart(width))).join("") +
    (rows.length > 0 ? rule : "")
  );
}

/** text/tabwriter with tab width 8, padding 1 and tabs: cells of neighbouring lines line up. */
export function tabwrite(text: string): string {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const widths: number[][] = lines.map((cells) => cells.map(() => 0));
  // a column is a block of consecutive lines that all have a cell ended by a tab there
  for (let column = 0; lines.some((cells) => cells.length > column + 1); column++) {
    for (let start = 0; start < lines.length; ) {
      if (lines[start]!.length <= column + 1) {
        start++;
        continue;
      }
      let end = start;
      let width = 0;
      while (end < lines.length && lines[end]!.length > column + 1) width = Math.max(width, lines[end++]![column]!.length);
      const padded = width === 0 ? 0 : Math.ceil((width + 1) / 8) * 8;
      for (let line = start; line < end; line++) widths[line]![column] = padded;
      start = end;
    }
  }
  return lines
    .map((cells, line) =>
      cells
        .map((cell, column) => {
          if (column === cells.length - 1) return cell;
          const width = widths[line]![column]!;
          return width === 0 ? "\t" : cell + "\t".repeat(Math.ceil((width - cell.length) / 8));
        })
        .join(""),
    )
    .join("\n");
}
