/**
 * A member's data-dir as the window explores it. Everything is read with the formats' own readers, read only, while the member may
 * run; a file is named below the data-dir and cannot lead out of the host's tree.
 */
import { readdir, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { BboltError } from "../../bbolt/errors.ts";
import { nodeDisk } from "../../platform/node/disk.ts";
import { DiskError } from "../../platform/disk.ts";
import { SnapshotFile } from "../../proto/gen/snappb.ts";
import { decodeSnapFile } from "../../snap/snap-file.ts";
import type { Damage } from "../contract/damage.ts";
import type { DatabaseView, DataFile, DataFileKind, PageView, PairRow, SnapFileView } from "../contract/data-dir.ts";
import { CommandError } from "../contract/host.ts";
import type { Commands } from "../contract/protocol.ts";
import { damageOf } from "../damage.ts";
import type { LabHostMachine } from "../lab-host.ts";
import { PageMap } from "./page-map.ts";
import { metaOf, pageView, pairRow } from "./page-view.ts";
import { NeverStill, stableRead } from "./stable-read.ts";
import { WalRecords } from "./wal-records.ts";

type Reply<K extends keyof Commands> = Commands[K]["reply"];
type Args<K extends keyof Commands> = Commands[K]["args"];

const FILES_MAX = 500;
const DEPTH_MAX = 6;
const SNAP_TEXT_BYTES_MAX = 64 * 1024;
const MAPS_MAX = 4;

export class DataDir {
  private wal = new WalRecords();
  private readonly maps = new Map<string, PageMap>();

  /** Somebody changed bytes where they stood: nothing that was read before counts. */
  forget(): void {
    this.wal = new WalRecords();
    this.maps.clear();
  }

  async files(host: LabHostMachine): Promise<Reply<"disk.files">> {
    const directory = host.dataDirectory();
    const files: DataFile[] = [];
    let more = 0;
    const visit = async (below: string, depth: number): Promise<void> => {
      for (const entry of await entriesOf(join(host.files.real(directory), below))) {
        const name = below === "" ? entry.name : `${below}/${entry.name}`;
        if (entry.isDirectory()) {
          if (depth < DEPTH_MAX) await visit(name, depth + 1);
        } else if (entry.isFile()) {
          const info = await stat(join(host.files.real(directory), name)).catch(() => undefined);
          if (info === undefined) continue;
          if (files.length < FILES_MAX) files.push({ name, kind: kindOf(name), bytes: info.size, at: info.mtimeMs });
          else more++;
        }
      }
    };
    await visit("", 0);
    return { directory, files: files.sort((a, b) => (a.name < b.name ? -1 : 1)), more };
  }

  async walPage(host: LabHostMachine, { file, from, limit }: Args<"disk.wal">): Promise<Reply<"disk.wal">> {
    const { real, shown } = this.place(host, file);
    try {
      return await this.wal.page(real, shown, from, limit);
    } catch (error) {
      return { rows: [], total: 0, end: 0, fileBytes: 0, damage: damageOf(error, shown, real) };
    }
  }

  async snap(host: LabHostMachine, { file }: Args<"disk.snap">): Promise<Reply<"disk.snap">> {
    const { real, shown } = this.place(host, file);
    return guarded<Reply<"disk.snap">>(shown, real, async () => ({ snap: await snapView(real), damage: null }), (damage) => ({ snap: null, damage }));
  }

  async database(host: LabHostMachine, { file }: Args<"disk.database">): Promise<Reply<"disk.database">> {
    const { real, shown } = this.place(host, file);
    return guarded<Reply<"disk.database">>(shown, real, async () => ({ database: await this.databaseView(real), damage: null }), (damage) => ({ database: null, damage }));
  }

  async pages(host: LabHostMachine, { file, from, limit }: Args<"disk.pages">): Promise<Reply<"disk.pages">> {
    const { real, shown } = this.place(host, file);
    const map = await orRefused(shown, real, () => this.mapOf(real, from > 0));
    return { rows: map.rows(from, limit), total: map.total, txid: map.txid };
  }

  async page(host: LabHostMachine, { file, page: id }: Args<"disk.page">): Promise<Reply<"disk.page">> {
    const { real, shown } = this.place(host, file);
    const read = (): Promise<PageView> =>
      stableRead(real, async (database, transaction) => {
        if (id >= database.meta.hwm) throw new CommandError("failed", `the database has ${database.meta.hwm} pages`);
        const known = this.maps.get(real);
        const map = known?.txid === database.meta.txid ? known : this.keep(real, await PageMap.of(database, transaction));
        return pageView(database, transaction, map.row(id));
      });
    return guarded<Reply<"disk.page">>(shown, real, async () => ({ page: await read(), damage: null }), (damage) => ({ page: null, damage }));
  }

  async pairs(host: LabHostMachine, { file, bucket, after, limit }: Args<"disk.pairs">): Promise<Reply<"disk.pairs">> {
    const { real, shown } = this.place(host, file);
    const read = (): Promise<{ pairs: PairRow[]; more: boolean }> =>
      stableRead(real, (_, transaction) => {
        const found = transaction.bucket(Buffer.from(bucket));
        if (found === undefined) throw new CommandError("failed", `no bucket is called ${bucket}`);
        const cursor = found.cursor();
        const start = Buffer.from(after, "base64");
        let valid = after === "" ? cursor.first() : cursor.seek(start);
        if (valid && after !== "" && cursor.key.equals(start)) valid = cursor.next();
        const pairs: PairRow[] = [];
        for (; valid && pairs.length < limit; valid = cursor.next()) pairs.push(pairRow(bucket, cursor.key, cursor.value));
        return { pairs, more: valid };
      });
    return guarded<Reply<"disk.pairs">>(shown, real, async () => ({ ...(await read()), damage: null }), (damage) => ({ pairs: [], more: false, damage }));
  }

  private async databaseView(real: string): Promise<DatabaseView> {
    return stableRead(real, async (database, transaction) => {
      const map = this.keep(real, await PageMap.of(database, transaction));
      const { pageSize, diskFile, meta } = database;
      const metas = [];
      for (const page of [0, 1]) {
        const bytes = Buffer.alloc(pageSize);
        await diskFile.read(bytes, page * pageSize);
        metas.push(metaOf(bytes, page));
      }
      return { pageSize, bytes: diskFile.size(), metas, txid: meta.txid, pages: meta.hwm, freePages: map.freePages, buckets: map.buckets };
    });
  }

  /** @param older one that was made before will do: who pages through a list wants one list */
  private async mapOf(real: string, older: boolean): Promise<PageMap> {
    const known = this.maps.get(real);
    if (known !== undefined && older) return known;
    return stableRead(real, async (database, transaction) => this.keep(real, await PageMap.of(database, transaction)));
  }

  private keep(real: string, map: PageMap): PageMap {
    this.maps.delete(real);
    this.maps.set(real, map);
    for (const old of [...this.maps.keys()].slice(0, -MAPS_MAX)) this.maps.delete(old);
    return map;
  }

  private place(host: LabHostMachine, file: string): { real: string; shown: string } {
    const shown = posix.join(host.dataDirectory(), file);
    return { real: host.files.real(shown), shown };
  }
}

/** @param name below the data-dir */
export function kindOf(name: string): DataFileKind {
  if (/^member\/wal\/[^/]+\.wal$/.test(name)) return "wal";
  if (/^member\/snap\/[^/]+\.snap$/.test(name)) return "snap";
  if (/^member\/snap\/(?:db|[^/]+\.snap\.db)$/.test(name)) return "database";
  // a --wal-dir of its own may lie anywhere below
  return name.endsWith(".wal") ? "wal" : "other";
}

async function entriesOf(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

async function snapView(real: string): Promise<SnapFileView> {
  const file = await nodeDisk.open(real, "read");
  try {
    const bytes = Buffer.alloc(file.size());
    await file.read(bytes, 0);
    const { metadata, data } = decodeSnapFile(bytes, real);
    const hex = (ids: readonly bigint[]): string[] => ids.map((id) => id.toString(16));
    return {
      term: metadata.term,
      index: metadata.index,
      bytes: bytes.length,
      crc: SnapshotFile.decode(bytes).crc.toString(16).padStart(8, "0"),
      voters: hex(metadata.confState.voters),
      learners: hex(metadata.confState.learners),
      data: data?.subarray(0, SNAP_TEXT_BYTES_MAX).toString("utf8") ?? "",
      dataBytes: data?.length ?? 0,
    };
  } finally {
    await file.close();
  }
}

/** What is damaged is told as such; a member that never holds still is told in words. */
async function guarded<T>(shown: string, real: string, read: () => Promise<T>, damaged: (damage: Damage) => T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof NeverStill) throw new CommandError("failed", error.message, { cause: error });
    if (error instanceof CommandError) throw error;
    return damaged(damageOf(error, shown, real));
  }
}

async function orRefused<T>(shown: string, real: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof NeverStill) throw new CommandError("failed", error.message, { cause: error });
    if (error instanceof BboltError || error instanceof DiskError) throw new CommandError("failed", damageOf(error, shown, real).text, { cause: error });
    throw error;
  }
}
