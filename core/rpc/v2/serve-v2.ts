/** The v2 API of etcd 3.4 (`--enable-v2`) beside the v3 one, on the v3 store: nothing of it goes into the log by itself. */
import type { EtcdServer } from "../../server/api.ts";
import type { Http1Server } from "../http/http1-server.ts";
import { addV2Auth } from "./auth-handler.ts";
import { V2AuthStore } from "./auth-store.ts";
import { addV2Keys } from "./keys-handler.ts";
import { addV2Members } from "./members-handler.ts";
import { addV2Stats, StoreStats } from "./stats.ts";

export function addV2(http: Http1Server, server: EtcdServer, bodyBytesMax: number): void {
  const stats = new StoreStats();
  const now = (): number => Date.now();
  const auth = new V2AuthStore(server);
  addV2Keys(http, server, { bodyBytesMax, now, stats, auth });
  addV2Members(http, server, auth);
  addV2Auth(http, server, auth, bodyBytesMax);
  addV2Stats(http, server, stats, now);
}
