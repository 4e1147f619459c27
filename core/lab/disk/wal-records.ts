/**
 * The records of one WAL segment, any of them by its number. Only every so-manyth place is remembered, with the running CRC
 * there, so that a page is read from the nearest of them; a segment that has grown is read on from where it ended.
 */
import { nodeDisk } from "../../platform/node/disk.ts";
import type { DiskFile } from "../../platform/disk.ts";
import { Entry, HardState } from "../../proto/gen/raftpb.ts";
import { Metadata } from "../../proto/gen/v2pb.ts";
import { type Record, Snapshot } from "../../proto/gen/walpb.ts";
import { WireError } from "../../proto/wire.ts";
import { RecordDecoder } from "../../wal/record-decoder.ts";
import { recordTypes } from "../../wal/record.ts";
import type { Damage } from "../contract/damage.ts";
import type { WalRow } from "../contract/data-dir.ts";
import { damageOf } from "../damage.ts";
import { entryWords } from "./entry-words.ts";

interface Place {
  readonly offset: number;
  readonly crc: number;
}

interface Segment {
  readonly places: Place[];
  total: number;
  end: Place;
}

const STRIDE = 256;
const RECORDS_PER_TURN = 4096;
const SEGMENTS_MAX = 16;
/** a write that is going on is whole by then */
const SETTLE_MS = 60;

const typeNames = new Map<number, WalRow["type"]>(Object.entries(recordTypes).map(([name, value]) => [value as number, name as WalRow["type"]]));

export interface WalPage {
  readonly rows: readonly WalRow[];
  readonly total: number;
  readonly end: number;
  readonly fileBytes: number;
  readonly damage: Damage | null;
}

export class WalRecords {
  private readonly segments = new Map<string, Segment>();

  /** @param shown the file as the host sees it. @throws DiskError */
  async page(real: string, shown: string, from: number, limit: number): Promise<WalPage> {
    const file = await nodeDisk.open(real, "read");
    try {
      const segment = this.segmentOf(real);
      let damage = await this.readOn(file, segment, shown);
      if (damage !== null) {
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        damage = await this.readOn(file, segment, shown);
      }
      return { rows: this.rows(file, segment, from, limit), total: segment.total, end: segment.end.offset, fileBytes: file.size(), damage };
    } finally {
      await file.close();
    }
  }

  private segmentOf(real: string): Segment {
    const known = this.segments.get(real);
    if (known !== undefined) return known;
    const segment: Segment = { places: [], total: 0, end: { offset: 0, crc: 0 } };
    this.segments.set(real, segment);
    for (const old of [...this.segments.keys()].slice(0, -SEGMENTS_MAX)) this.segments.delete(old);
    return segment;
  }

  /** Counts what came since the last time. What is overwritten in place (a restored member) is counted anew. */
  private async readOn(file: DiskFile, segment: Segment, shown: string): Promise<Damage | null> {
    if (file.size() < segment.end.offset) Object.assign(segment, { places: [], total: 0, end: { offset: 0, crc: 0 } });
    const decoder = new RecordDecoder([file], segment.end);
    try {
      for (;;) {
        const place: Place = { offset: decoder.lastOffset, crc: decoder.crc };
        if (decoder.next() === undefined) return null;
        if (segment.total % STRIDE === 0) segment.places.push(place);
        segment.total++;
        segment.end = { offset: decoder.lastOffset, crc: decoder.crc };
        if (segment.total % RECORDS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      return damageOf(error, shown, file.path);
    }
  }

  private rows(file: DiskFile, segment: Segment, from: number, limit: number): WalRow[] {
    const to = Math.min(segment.total, from + limit);
    const start = segment.places[Math.floor(from / STRIDE)];
    if (start === undefined || from >= to) return [];
    const decoder = new RecordDecoder([file], start);
    const rows: WalRow[] = [];
    for (let at = Math.floor(from / STRIDE) * STRIDE; at < to; at++) {
      const offset = decoder.lastOffset;
      const record = decoder.next();
      if (record === undefined) break;
      if (at >= from) rows.push(rowOf(record, offset, decoder.lastOffset - offset, decoder.crc));
    }
    return rows;
  }
}

function rowOf(record: Record, offset: number, bytes: number, crc: number): WalRow {
  const type = typeNames.get(record.type) ?? "metadata";
  const row = { offset, bytes, type, crc: crc.toString(16).padStart(8, "0"), term: 0, index: 0, operation: "", words: "" };
  const data = record.data ?? Buffer.alloc(0);
  try {
    switch (type) {
      case "entry": {
        const entry = Entry.decode(data);
        return { ...row, term: entry.term, index: entry.index, ...entryWords(entry) };
      }
      case "state": {
        const { term, vote, commit } = HardState.decode(data);
        return { ...row, term, index: commit, words: `commit ${commit}, vote ${vote === 0n ? "none" : vote.toString(16)}` };
      }
      case "snapshot": {
        const { term, index } = Snapshot.decode(data);
        return { ...row, term, index, words: `a snapshot stands at ${index}` };
      }
      case "crc":
        return { ...row, words: "the CRC that this segment goes on from" };
      case "metadata":
        return { ...row, words: metadataWords(data) };
    }
  } catch (error) {
    if (error instanceof WireError) return { ...row, words: `cannot be decoded: ${error.message}` };
    throw error;
  }
}

function metadataWords(data: Buffer): string {
  const { nodeID, clusterID } = Metadata.decode(data);
  return `member ${nodeID.toString(16)} of cluster ${clusterID.toString(16)}`;
}
