/** A terminal's screen for tests: as much of ANSI as the line editor writes. */
import { cellWidth, graphemes } from "../editor/width.ts";

export class Screen {
  private rows: string[][] = [[]];
  private row = 0;
  private column = 0;

  constructor(private readonly columns: number) {}

  get cursor(): { row: number; column: number } {
    // what stands behind the last cell is drawn at the start of the next row
    return this.column >= this.columns ? { row: this.row + 1, column: 0 } : { row: this.row, column: this.column };
  }

  text(): string {
    return this.rows.map((cells) => Array.from(cells, (cell) => cell ?? " ").join("")).join("\n");
  }

  write(data: string): void {
    for (const part of data.split(/(\x1b\[[?0-9;]*[a-zA-Z]|\r|\n|\x07|\x08)/)) this.take(part);
  }

  private take(part: string): void {
    const match = /^\x1b\[(\??)([0-9;]*)([a-zA-Z])$/.exec(part);
    if (match !== null) return this.control(match[3]!, match[2]!, match[1] === "?");
    if (part === "\r") this.column = 0;
    else if (part === "\n") this.down();
    else if (part === "\x08") this.column = Math.max(0, this.column - 1);
    else if (part !== "\x07") for (const grapheme of graphemes(part)) this.put(grapheme);
  }

  private control(letter: string, numbers: string, isPrivate: boolean): void {
    if (isPrivate || letter === "m") return;
    const count = numbers === "" ? 1 : Number(numbers.split(";")[0]);
    if (letter === "A") this.row = Math.max(0, this.row - count);
    else if (letter === "B") this.row += count;
    else if (letter === "C") this.column = Math.min(this.columns - 1, this.column + count);
    else if (letter === "H") this.row = this.column = 0;
    else if (letter === "J") {
      this.rows[this.row]?.splice(this.column);
      this.rows.splice(this.row + 1);
      if (numbers === "2") this.rows = [[]];
    } else throw new Error(`the screen does not know ESC [ ${numbers} ${letter}`);
  }

  private put(grapheme: string): void {
    const width = cellWidth(grapheme);
    if (this.column + width > this.columns) {
      this.column = 0;
      this.down();
    }
    const cells = (this.rows[this.row] ??= []);
    cells[this.column] = grapheme;
    if (width === 2) cells[this.column + 1] = "";
    this.column += width;
  }

  private down(): void {
    this.row++;
    while (this.rows.length <= this.row) this.rows.push([]);
  }
}
