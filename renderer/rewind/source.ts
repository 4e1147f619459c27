/** Where a recording comes from: the lab whose last minutes it is (or a host that serves a file), or a file opened in this window. */
import { CommandError } from "../../core/lab/contract/host.ts";
import { FILE_BYTES_MAX, type OpenedRecording, openRecording, readSegment } from "../../core/lab/contract/recording-file.ts";
import { readMember, RecordingError, unpack } from "../../core/lab/contract/recording-pack.ts";
import type { KeyFrame, RecordingSpan, Segment } from "../../core/lab/contract/recording.ts";
import { bytesOf } from "../derive/bytes.ts";
import type { LabStore } from "../state/lab.svelte.ts";
import { text } from "../text.ts";

export interface RecordingSource {
  span(): Promise<RecordingSpan>;
  /** @throws RecordingError, or CommandFailed "gone" */
  read(id: number): Promise<Segment>;
}

async function readPacked(packed: Uint8Array<ArrayBuffer>, file: string, offset: number): Promise<Segment> {
  return readSegment(await unpack(readMember(packed, 0, file), file), file, offset);
}

export class LabSource implements RecordingSource {
  readonly #lab: LabStore;

  constructor(lab: LabStore) {
    this.#lab = lab;
  }

  span(): Promise<RecordingSpan> {
    return this.#lab.call("recording.span", {});
  }

  async read(segment: number): Promise<Segment> {
    const { packed } = await this.#lab.call("recording.read", { segment });
    return readPacked(Uint8Array.from(bytesOf(packed)), text.rewind.ofLab, 0);
  }
}

export class FileSource implements RecordingSource {
  readonly #opened: OpenedRecording;

  constructor(opened: OpenedRecording) {
    this.#opened = opened;
  }

  /** @throws RecordingError when it is no recording, or no whole one */
  static async open(file: File): Promise<{ readonly source: FileSource; readonly facts: OpenedRecording["facts"] & { readonly file: string }; readonly keys: readonly KeyFrame[] }> {
    if (file.size > FILE_BYTES_MAX) throw new RecordingError(file.name, 0, `at most ${FILE_BYTES_MAX} bytes`, String(file.size));
    const opened = await openRecording(new Uint8Array(await file.arrayBuffer()), file.name);
    return { source: new FileSource(opened), facts: { ...opened.facts, file: file.name }, keys: opened.keys };
  }

  async span(): Promise<RecordingSpan> {
    return { segments: this.#opened.segments, bytes: this.#opened.bytes };
  }

  async read(id: number): Promise<Segment> {
    const packed = this.#opened.packedSegment(id);
    if (packed.length === 0) throw new CommandError("gone", text.rewind.gone);
    return readPacked(packed, this.#opened.file, 0);
  }
}
