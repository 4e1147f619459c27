/**
 * What a replica applies its entries to: a digest of all of them in order, so that equal states have equal digests, and a few keys that
 * clients write, each write once however often the log has it (a network that doubles messages doubles proposals). Lost in a crash.
 */
import { crc32c } from "../../core/platform/crc32c.ts";
import { type ConfState, type Entry, EntryType } from "../../core/proto/gen/raftpb.ts";
import { type KeyInput, type Value, keyModel } from "../linearizability/key-model.ts";

const KEYS = 3;

/** What the proposal "p12" asks for: its number decides, so that entries are as small as can be. */
export function commandOf(text: string): KeyInput | undefined {
  if (!/^p\d+$/.test(text)) return undefined;
  const number = Number(text.slice(1));
  const key = keyOf(number);
  if (number % 5 === 0) return { kind: "delete", key };
  // the one before it on this key, where nobody came between them
  if (number % 5 === 1) return { kind: "cas", key, expected: `p${number - KEYS}`, value: text };
  return { kind: "put", key, value: text };
}

/** The key that a read, or a write, of this number is about. */
export function keyOf(number: number): string {
  return `k${number % KEYS}`;
}

export class StateMachine {
  index = 0;
  digest = 0;
  private values = new Map<string, Value>();
  /** By proposal: what its key had before. */
  private replaced = new Map<string, Value>();

  constructor(public confState: ConfState) {}

  apply(entry: Entry): void {
    this.index = entry.index;
    this.digest = crc32c(Buffer.from(`${this.digest} ${entryText(entry)}`));
    const text = entry.type === EntryType.EntryNormal ? (entry.data?.toString("latin1") ?? "") : "";
    const command = commandOf(text);
    if (command === undefined || this.replaced.has(text)) return;
    const before = this.valueOf(command.key);
    this.replaced.set(text, before);
    this.values.set(command.key, keyModel.step(before, command, undefined)!);
  }

  valueOf(key: string): Value {
    return this.values.get(key) ?? null;
  }

  /** What the key of a proposal had before; undefined: the proposal was not applied. */
  replacedBy(text: string): Value | undefined {
    return this.replaced.get(text);
  }

  save(): Buffer {
    return Buffer.from(JSON.stringify([this.index, this.digest, [...this.values], [...this.replaced]]));
  }

  restore(data: Buffer | undefined, confState: ConfState): void {
    type Saved = [index: number, digest: number, values: [string, Value][], replaced: [string, Value][]];
    const [index, digest, values, replaced] = data === undefined ? ([0, 0, [], []] as Saved) : (JSON.parse(data.toString()) as Saved);
    this.index = index;
    this.digest = digest;
    this.values = new Map(values);
    this.replaced = new Map(replaced);
    this.confState = confState;
  }
}

/** The state of a cluster that begins, at its first index. */
export const EMPTY_STATE = Buffer.from("[1,0,[],[]]");

export function entryText(entry: Entry): string {
  return `${entry.index}/${entry.term}/${entry.type}/${entry.data?.toString("latin1") ?? ""}`;
}
