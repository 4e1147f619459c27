/** Whether members hold the same data: the hash of all keys and revisions up to one revision, asked of each of them alone. */
import { Client, connect } from "../../../core/client/index.ts";
import type { MemberProcess } from "./member-process.ts";

/** Waits until all members have applied what the one that is furthest has. @returns that revision */
async function commonRevision(clients: readonly Client[], timeoutMs: number): Promise<number> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const key = Buffer.from([0]);
    const revisions = await Promise.all(clients.map(async (client) => (await client.range({ key, serializable: true, countOnly: true })).header!.revision));
    if (new Set(revisions).size === 1) return revisions[0]!;
    if (Date.now() > deadline) throw new Error(`members do not come together: revisions ${revisions.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** One line for each member, "name revision compacted hash" without the name: all equal where nothing diverged. Nobody may write meanwhile. */
export async function keptHashes(members: readonly MemberProcess[], timeoutMs = 30_000): Promise<string[]> {
  const clients = members.map(({ clientUrl }) => new Client(connect(clientUrl)));
  try {
    const revision = await commonRevision(clients, timeoutMs);
    return await Promise.all(
      clients.map(async (client) => {
        const { hash, compactRevision } = await client.hashKv({ revision });
        return `${revision} ${compactRevision} ${hash}`;
      }),
    );
  } finally {
    for (const client of clients) client.close();
  }
}
