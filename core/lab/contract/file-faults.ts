/** Faults that are done to a host's files. Each can be undone as long as nobody wrote over it. */
import type { ActiveFault } from "./state.ts";

/**
 * Where in a file: its guarded beginning, its middle, its end, or a byte that is named. Of a WAL the first, a middle and the last
 * record; of a database the current meta page, the header of a page, and the newest value, which bbolt guards with nothing.
 */
export type FileRegion = "start" | "middle" | "end" | "offset";

export type FileFaultKind = "torn-write" | "data-deleted" | "certificate-expired";

export interface FileFaultCommands {
  /** Flips one bit of a file below the data-dir. `offset` counts with region "offset" only. */
  "fault.flip": { args: { host: string; file: string; region: FileRegion; offset: number; bit: number }; reply: ActiveFault };
  /**
   * The last write of a stopped member's log torn as a crash tears it; the data-dir deleted; the certificate of the member replaced by
   * one that is the same but has expired.
   */
  "fault.file": { args: { host: string; kind: FileFaultKind }; reply: ActiveFault };
}
