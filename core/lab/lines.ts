/** Cuts a program's output into lines for the journal. */

const LINE_CHARS_MAX = 64 * 1024;

export class LineCutter {
  private rest = "";

  constructor(private readonly emit: (line: string) => void) {}

  add(data: Buffer): void {
    const parts = (this.rest + data.toString("utf8")).split("\n");
    this.rest = parts.pop()!;
    for (const line of parts) if (line !== "") this.emit(line);
    if (this.rest.length > LINE_CHARS_MAX) this.end();
  }

  end(): void {
    if (this.rest !== "") this.emit(this.rest);
    this.rest = "";
  }
}
