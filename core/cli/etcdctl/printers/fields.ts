/** `-w fields`: one `"Name" : value` a line. */
import type * as pb from "../../../proto/gen/etcdserverpb.ts";
import type { KeyValue } from "../../../proto/gen/mvccpb.ts";
import { ExitError } from "../../cobra/command.ts";
import { goQuote } from "../../go/quote.ts";
import type { Answer, PrintOptions } from "./answer.ts";

export function printFields(answer: Answer, options: PrintOptions): Buffer {
  const lines: string[] = [];
  const put = (name: string, value: string | number | bigint | boolean): void => void lines.push(`"${name}" : ${String(value)}`);
  const id = (value: bigint): string => (options.hex ? value.toString(16) : String(value));
  const lease = (value: bigint): string => (options.hex ? BigInt.asUintN(64, value).toString(16).padStart(16, "0") : String(value));
  const header = (head: pb.ResponseHeader | undefined): void => {
    put("ClusterID", id(head?.clusterId ?? 0n));
    put("MemberID", id(head?.memberId ?? 0n));
    if ((head?.revision ?? 0) > 0) put("Revision", head!.revision);
    put("RaftTerm", head?.raftTerm ?? 0);
  };
  const pair = (prefix: string, kv: KeyValue): void => {
    put(`${prefix}Key`, goQuote(kv.key));
    put(`${prefix}CreateRevision`, kv.createRevision);
    put(`${prefix}ModRevision`, kv.modRevision);
    put(`${prefix}Version`, kv.version);
    put(`${prefix}Value`, goQuote(kv.value));
    put(`${prefix}Lease`, lease(kv.lease));
  };
  const get = (response: pb.RangeResponse): void => {
    header(response.header);
    for (const kv of response.kvs) pair("", kv);
    put("More", response.more);
    put("Count", response.count);
  };
  const putted = (response: pb.PutResponse): void => {
    header(response.header);
    if (response.prevKv !== undefined) pair("Prev", response.prevKv);
  };
  const deleted = (response: pb.DeleteRangeResponse): void => {
    header(response.header);
    put("Deleted", response.deleted);
    for (const kv of response.prevKvs) pair("Prev", kv);
  };
  const status = (endpoint: string, response: pb.StatusResponse): void => {
    header(response.header);
    put("Version", goQuote(response.version));
    put("StorageVersion", goQuote(response.storageVersion));
    put("DBSize", response.dbSize);
    put("DBSizeInUse", response.dbSizeInUse);
    put("DBSizeQuota", response.dbSizeQuota);
    put("Leader", response.leader);
    put("IsLearner", response.isLearner);
    put("RaftIndex", response.raftIndex);
    put("RaftTerm", response.raftTerm);
    put("RaftAppliedIndex", response.raftAppliedIndex);
    put("Errors", `[${response.errors.join(" ")}]`);
    put("Endpoint", goQuote(endpoint));
    put("DowngradeTargetVersion", goQuote(response.downgradeInfo?.targetVersion ?? ""));
    put("DowngradeEnabled", response.downgradeInfo?.enabled ?? false);
    lines.push("");
  };
  switch (answer.kind) {
    case "get":
      get(answer.response);
      break;
    case "put":
      putted(answer.response);
      break;
    case "del":
      deleted(answer.response);
      break;
    case "txn":
      header(answer.response.header);
      put("Succeeded", answer.response.succeeded);
      for (const one of answer.response.responses) {
        if (one.responseRange !== undefined) get(one.responseRange);
        else if (one.responsePut !== undefined) putted(one.responsePut);
        else if (one.responseDeleteRange !== undefined) deleted(one.responseDeleteRange);
      }
      break;
    case "watch":
      header(answer.response.header);
      for (const event of answer.response.events) {
        put("Type", event.type === 1 ? "DELETE" : "PUT");
        if (event.prevKv !== undefined) pair("Prev", event.prevKv);
        if (event.kv !== undefined) pair("", event.kv);
      }
      break;
    case "grant":
    case "keep-alive":
      header(answer.response.header);
      put("ID", lease(answer.response.ID));
      put("TTL", answer.response.TTL);
      break;
    case "time-to-live":
      header(answer.response.header);
      put("ID", lease(answer.response.ID));
      put("TTL", answer.response.TTL);
      put("GrantedTTL", answer.response.grantedTTL);
      for (const key of answer.response.keys) put("Key", goQuote(key));
      break;
    case "leases":
      header(answer.response.header);
      for (const one of answer.response.leases) put("ID", lease(one.ID));
      break;
    case "revoke":
    case "member-remove":
    case "member-update":
      header(answer.response.header);
      break;
    case "member-list":
      header(answer.response.header);
      for (const member of answer.response.members) {
        put("ID", id(member.ID));
        put("Name", goQuote(member.name));
        for (const url of member.peerURLs) put("PeerURL", goQuote(url));
        for (const url of member.clientURLs) put("ClientURL", goQuote(url));
        put("IsLearner", member.isLearner);
        lines.push("");
      }
      break;
    case "endpoint-health":
      for (const one of answer.list) {
        put("Endpoint", goQuote(one.endpoint));
        put("Health", one.health);
        put("Took", one.took);
        put("Error", one.error);
        lines.push("");
      }
      break;
    case "endpoint-status":
      for (const one of answer.list) status(one.endpoint, one.status);
      break;
    case "endpoint-hashkv":
      for (const one of answer.list) {
        header(one.hash.header);
        put("Endpoint", goQuote(one.endpoint));
        put("Hash", one.hash.hash);
        put("HashRevision", one.hash.hashRevision);
        lines.push("");
      }
      break;
    case "alarm":
      header(answer.response.header);
      for (const alarm of answer.response.alarms) {
        put("MemberID", id(alarm.memberID));
        put("AlarmType", ["NONE", "NOSPACE", "CORRUPT"][alarm.alarm] ?? alarm.alarm);
        lines.push("");
      }
      break;
    case "auth":
      if (answer.fields === undefined) throw new ExitError(4, "fields not supported as output format");
      header(answer.response.header);
      lines.push(...answer.fields);
      break;
    case "member-add":
    case "member-promote":
    case "move-leader":
    case "downgrade":
      throw new ExitError(4, "fields not supported as output format");
  }
  return Buffer.from(lines.map((line) => `${line}\n`).join(""));
}
