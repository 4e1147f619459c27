/** `-w simple`: what people and most scripts read. */
import type * as pb from "../../../proto/gen/etcdserverpb.ts";
import type { KeyValue } from "../../../proto/gen/mvccpb.ts";
import { endpointHashRows, endpointStatusRows, memberRows } from "./rows.ts";
import type { Answer, PrintOptions } from "./answer.ts";

const id16 = (id: bigint): string => BigInt.asUintN(64, id).toString(16).padStart(16);
const lease16 = (id: bigint): string => BigInt.asUintN(64, id).toString(16).padStart(16, "0");

/** Bytes as they are, or as \x61 escapes with --hex. */
function raw(bytes: Buffer, hex: boolean): Buffer {
  if (!hex) return bytes;
  return Buffer.from([...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""));
}

class Page {
  private readonly parts: Buffer[] = [];
  constructor(private readonly hex: boolean) {}
  line(text: string | Buffer): void {
    this.parts.push(typeof text === "string" ? Buffer.from(text) : text, Buffer.from("\n"));
  }
  pair(pair: KeyValue, valueOnly = false): void {
    if (!valueOnly) this.line(raw(pair.key, this.hex));
    this.line(raw(pair.value, this.hex));
  }
  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

function alarmLine(alarm: pb.AlarmMember): string {
  const name = ["NONE", "NOSPACE", "CORRUPT"][alarm.alarm] ?? String(alarm.alarm);
  return `${alarm.memberID === 0n ? "" : `memberID:${alarm.memberID} `}${alarm.alarm === 0 ? "" : `alarm:${name} `}`;
}

function txn(page: Page, response: pb.TxnResponse): void {
  page.line(response.succeeded ? "SUCCESS" : "FAILURE");
  for (const one of response.responses) {
    page.line("");
    if (one.responseRange !== undefined) for (const pair of one.responseRange.kvs) page.pair(pair);
    else if (one.responsePut !== undefined) {
      page.line("OK");
      if (one.responsePut.prevKv !== undefined) page.pair(one.responsePut.prevKv);
    } else if (one.responseDeleteRange !== undefined) {
      page.line(String(one.responseDeleteRange.deleted));
      for (const pair of one.responseDeleteRange.prevKvs) page.pair(pair);
    } else if (one.responseTxn !== undefined) txn(page, one.responseTxn);
  }
}

function timeToLive(page: Page, response: pb.LeaseTimeToLiveResponse, keys: boolean): void {
  if (response.grantedTTL === 0 && response.TTL === -1) {
    page.line(`lease ${lease16(response.ID)} already expired`);
    return;
  }
  const attached = keys ? `, attached keys([${response.keys.map((key) => key.toString()).join(" ")}])` : "";
  page.line(`lease ${lease16(response.ID)} granted with TTL(${response.grantedTTL}s), remaining(${response.TTL}s)${attached}`);
}

function memberAdd(page: Page, name: string, peerUrls: string, response: pb.MemberAddResponse): void {
  const added = response.member!;
  page.line(`Member ${id16(added.ID)} added ${added.isLearner ? "as learner to" : "to"} cluster ${id16(response.header?.clusterId ?? 0n)}`);
  const cluster = response.members.flatMap((member) => member.peerURLs.map((url) => `${member.ID === added.ID ? name : member.name}=${url}`));
  page.line("");
  page.line(`ETCD_NAME=${JSON.stringify(name)}`);
  page.line(`ETCD_INITIAL_CLUSTER=${JSON.stringify(cluster.join(","))}`);
  page.line(`ETCD_INITIAL_ADVERTISE_PEER_URLS=${JSON.stringify(peerUrls)}`);
  page.line('ETCD_INITIAL_CLUSTER_STATE="existing"');
}

export function printSimple(answer: Answer, options: PrintOptions): Buffer {
  const page = new Page(options.hex);
  switch (answer.kind) {
    case "get":
      for (const pair of answer.response.kvs) page.pair(pair, answer.valueOnly);
      break;
    case "put":
      page.line("OK");
      if (answer.response.prevKv !== undefined) page.pair(answer.response.prevKv);
      break;
    case "del":
      page.line(String(answer.response.deleted));
      for (const pair of answer.response.prevKvs) page.pair(pair);
      break;
    case "txn":
      txn(page, answer.response);
      break;
    case "watch":
      for (const event of answer.response.events) {
        page.line(event.type === 1 ? "DELETE" : "PUT");
        if (event.prevKv !== undefined) page.pair(event.prevKv);
        if (event.kv !== undefined) page.pair(event.kv);
      }
      break;
    case "grant":
      page.line(`lease ${lease16(answer.response.ID)} granted with TTL(${answer.response.TTL}s)`);
      break;
    case "revoke":
      page.line(`lease ${lease16(answer.id)} revoked`);
      break;
    case "keep-alive":
      page.line(`lease ${lease16(answer.response.ID)} keepalived with TTL(${answer.response.TTL})`);
      break;
    case "time-to-live":
      timeToLive(page, answer.response, answer.keys);
      break;
    case "leases":
      page.line(`found ${answer.response.leases.length} leases`);
      for (const lease of answer.response.leases) page.line(lease16(lease.ID));
      break;
    case "member-add":
      memberAdd(page, answer.name, answer.peerUrls, answer.response);
      break;
    case "member-remove":
      page.line(`Member ${id16(answer.id)} removed from cluster ${id16(answer.response.header?.clusterId ?? 0n)}`);
      break;
    case "member-update":
      page.line(`Member ${id16(answer.id)} updated in cluster ${id16(answer.response.header?.clusterId ?? 0n)}`);
      break;
    case "member-promote":
      page.line(`Member ${id16(answer.id)} promoted in cluster ${id16(answer.response.header?.clusterId ?? 0n)}`);
      break;
    case "member-list":
      for (const row of memberRows(answer.response)) page.line(row.join(", "));
      break;
    case "endpoint-health":
      throw new Error("health is printed line by line as it comes");
    case "endpoint-status":
      for (const row of endpointStatusRows(answer.list)) page.line(row.join(", "));
      break;
    case "endpoint-hashkv":
      for (const row of endpointHashRows(answer.list)) page.line(row.join(", "));
      break;
    case "alarm":
      for (const alarm of answer.response.alarms) page.line(alarmLine(alarm));
      break;
    case "move-leader":
      page.line(`Leadership transferred from ${answer.leader.toString(16)} to ${answer.target.toString(16)}`);
      break;
    case "downgrade":
      page.line(`Downgrade ${answer.action} success, cluster version ${answer.response.version}`);
      break;
    case "auth":
      return answer.simple;
  }
  return page.bytes();
}
