/** A copy of the database file as of one commit, taken while it is in use (bbolt tx.go, WriteTo). */
import type { Database } from "../bbolt/database.ts";
import { BboltError } from "../bbolt/errors.ts";
import { encodeMetaPage } from "../bbolt/meta.ts";
import type { BackendSnapshot } from "./backend.ts";

/** read at one go: a change of threads each */
export const chunkBytes = 512 * 1024;

export function hotCopy(database: Database): BackendSnapshot {
  const transaction = database.beginRead();
  const { meta, size } = transaction;
  let open = true;
  return {
    size,
    async *read(scratch) {
      if (!open) throw new BboltError("bbolt.closed", "snapshot released", { path: database.path });
      for (let offset = 0, turn = 0; offset < size; turn++) {
        const length = Math.min(chunkBytes, size - offset);
        const chunk = scratch === undefined ? Buffer.allocUnsafeSlow(length) : scratch[turn % scratch.length]!.subarray(0, length);
        const count = await database.diskFile.read(chunk, offset);
        if (count < chunk.length)
          throw new BboltError("bbolt.truncated", `${database.path} at offset ${offset}: the file ends inside the snapshot`, {
            path: database.path,
            offset,
            expected: `${chunk.length} bytes`,
            found: `${count} bytes`,
          });
        // a released snapshot's pages may be written over at any moment
        if (!open) throw new BboltError("bbolt.closed", "snapshot released", { path: database.path });
        // the older meta is the same state too: whoever falls back to it loses nothing
        if (offset === 0) chunk.set(Buffer.concat([encodeMetaPage(meta, 0), encodeMetaPage({ ...meta, txid: meta.txid - 1 }, 1)]));
        yield chunk;
        offset += chunk.length;
      }
    },
    release() {
      if (!open) return;
      open = false;
      transaction.rollback();
    },
  };
}
