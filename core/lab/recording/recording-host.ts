/** A recording's file in the place of a lab: the same contract, without any cluster. Its window shows the past and nothing else. */
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { type ChangesFrame, CommandError, type LabHost } from "../contract/host.ts";
import type { CommandName, Commands } from "../contract/protocol.ts";
import { FILE_BYTES_MAX, type OpenedRecording, openRecording } from "../contract/recording-file.ts";
import { RecordingError } from "../contract/recording-pack.ts";
import type { LabState } from "../contract/state.ts";

/** @throws RecordingError, or the system's error when the file cannot be read */
export async function openRecordingFile(path: string): Promise<RecordingHost> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size > FILE_BYTES_MAX) throw new RecordingError(basename(path), 0, `at most ${FILE_BYTES_MAX} bytes`, String(size));
    const bytes = new Uint8Array(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return new RecordingHost(await openRecording(bytes.subarray(0, bytesRead), basename(path)));
  } finally {
    await file.close();
  }
}

export class RecordingHost implements LabHost {
  private readonly state: LabState;

  constructor(readonly recording: OpenedRecording) {
    const { state } = recording.keys[0]!;
    this.state = { ...state, lab: { ...state.lab, recording: { ...recording.facts, file: recording.file } } };
  }

  snapshot(): { seq: number; state: LabState } {
    return { seq: 0, state: this.state };
  }

  /** Nothing ever changes in it. */
  subscribe(_listener: (frame: ChangesFrame) => void): () => void {
    return () => undefined;
  }

  async execute(name: CommandName, args: unknown): Promise<unknown> {
    switch (name) {
      case "recording.span":
        return { segments: this.recording.segments, bytes: this.recording.bytes } satisfies Commands["recording.span"]["reply"];
      case "recording.read": {
        const { segment } = args as Commands["recording.read"]["args"];
        return { packed: Buffer.from(this.recording.packedSegment(segment)).toString("base64") } satisfies Commands["recording.read"]["reply"];
      }
      case "view.look":
      case "window.painted":
        return null;
      default:
        throw new CommandError("recorded", "this is a recording: there is no cluster behind it");
    }
  }
}
