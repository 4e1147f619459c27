/** What a replica applies its entries to: a digest of all of them in order, so that equal states have equal digests. Lost in a crash. */
import { crc32c } from "../../core/platform/crc32c.ts";
import type { ConfState, Entry } from "../../core/proto/gen/raftpb.ts";

export class StateMachine {
  index = 0;
  digest = 0;

  constructor(public confState: ConfState) {}

  apply(entry: Entry): void {
    this.index = entry.index;
    this.digest = crc32c(Buffer.from(`${this.digest} ${entryText(entry)}`));
  }

  save(): Buffer {
    return Buffer.from(`${this.index} ${this.digest}`);
  }

  restore(data: Buffer | undefined, confState: ConfState): void {
    const [index, digest] = (data?.toString() ?? "0 0").split(" ").map(Number);
    this.index = index ?? 0;
    this.digest = digest ?? 0;
    this.confState = confState;
  }
}

export function entryText(entry: Entry): string {
  return `${entry.index}/${entry.term}/${entry.type}/${entry.data?.toString("latin1") ?? ""}`;
}
