/**
 * `-w json`: what Go's encoding/json makes of etcd's structs: the schema's names, integers bare (so uint64 stay exact), bytes as
 * base64, zero fields left out, one line.
 */
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import { Event } from "../../../proto/gen/mvccpb.ts";
import type { Codec, FieldInfo } from "../../../proto/wire.ts";
import type { Answer, PrintOptions } from "./answer.ts";

function goString(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function scalar(field: FieldInfo, value: unknown): string {
  if (field.kind === "message") return messageJson(field.message!(), value as Record<string, unknown>);
  if (field.kind === "bytes") return `"${(value as Buffer).toString("base64")}"`;
  if (field.kind === "string") return goString(value as string);
  return String(value);
}

function isZero(value: unknown): boolean {
  return value === undefined || value === 0 || value === 0n || value === false || value === "" || ((Buffer.isBuffer(value) || Array.isArray(value)) && value.length === 0);
}

/** One message; oneofs come under the capitalised name of the oneof, as Go's struct has them. */
function messageJson(codec: Codec<unknown>, message: Record<string, unknown>): string {
  const parts: string[] = [];
  for (const field of codec.fields) {
    const value = message[field.key];
    if (isZero(value)) continue;
    const text = field.repeated ? `[${(value as unknown[]).map((item) => scalar(field, item)).join(",")}]` : scalar(field, value);
    const member = `"${field.name}":${text}`;
    parts.push(field.oneof === undefined ? member : `"${field.oneof[0]!.toUpperCase()}${field.oneof.slice(1)}":{${member}}`);
  }
  return `{${parts.join(",")}}`;
}

const json = <T>(codec: Codec<T>, message: T | undefined): string => (message === undefined ? "null" : messageJson(codec as Codec<unknown>, message as Record<string, unknown>));

/** Lease answers carry the header's fields beside their own. */
function flat(header: pb.ResponseHeader | undefined, own: readonly (readonly [string, string])[]): string {
  const head = json(pb.ResponseHeader, header ?? pb.ResponseHeader.create()).slice(1, -1);
  return `{${[...(head === "" ? [] : [head]), ...own.map(([name, value]) => `"${name}":${value}`)].join(",")}}`;
}

function memberListHex(response: pb.MemberListResponse): string {
  const header = response.header ?? pb.ResponseHeader.create();
  const members = response.members.map((member) => {
    const list = (urls: readonly string[]): string => (urls.length === 0 ? "null" : `[${urls.map(goString).join(",")}]`);
    return `{"ID":"${member.ID.toString(16)}","name":"${member.name}","peerURLs":${list(member.peerURLs)},"clientURLs":${list(member.clientURLs)}}`;
  });
  return `{"header":{"cluster_id":"${header.clusterId.toString(16)}","member_id":"${header.memberId.toString(16)}","raft_term":${header.raftTerm}},"members":[${members.join(",")}]}`;
}

function bytesList(list: readonly Buffer[]): string {
  return list.length === 0 ? "null" : `[${list.map((bytes) => `"${bytes.toString("base64")}"`).join(",")}]`;
}

function text(answer: Answer, options: PrintOptions): string {
  switch (answer.kind) {
    case "get":
      return json(pb.RangeResponse, answer.response);
    case "put":
      return json(pb.PutResponse, answer.response);
    case "del":
      return json(pb.DeleteRangeResponse, answer.response);
    case "txn":
      return json(pb.TxnResponse, answer.response);
    case "watch": {
      const response = answer.response;
      const events = response.events.map((event) => json(Event, event)).join(",");
      return `{"Header":${json(pb.ResponseHeader, response.header)},"Events":[${events}],"CompactRevision":${response.compactRevision},"Canceled":${response.canceled},"Created":${response.created}}`;
    }
    case "grant":
      return flat(answer.response.header, [["ID", String(answer.response.ID)], ["TTL", String(answer.response.TTL)], ["Error", goString(answer.response.error)]]);
    case "revoke":
      return json(pb.LeaseRevokeResponse, answer.response);
    case "keep-alive":
      return flat(answer.response.header, [["ID", String(answer.response.ID)], ["TTL", String(answer.response.TTL)]]);
    case "time-to-live":
      return flat(answer.response.header, [
        ["id", String(answer.response.ID)],
        ["ttl", String(answer.response.TTL)],
        ["granted-ttl", String(answer.response.grantedTTL)],
        ["keys", bytesList(answer.response.keys)],
      ]);
    case "leases":
      return flat(answer.response.header, [["leases", answer.response.leases.length === 0 ? "[]" : `[${answer.response.leases.map((lease) => `{"id":${lease.ID}}`).join(",")}]`]]);
    case "member-add":
      return json(pb.MemberAddResponse, answer.response);
    case "member-remove":
      return json(pb.MemberRemoveResponse, answer.response);
    case "member-update":
      return json(pb.MemberUpdateResponse, answer.response);
    case "member-promote":
      return json(pb.MemberPromoteResponse, answer.response);
    case "member-list":
      return options.hex ? memberListHex(answer.response) : json(pb.MemberListResponse, answer.response);
    case "endpoint-health":
      return `[${answer.list.map((one) => `{"endpoint":${goString(one.endpoint)},"health":${one.health},"took":${goString(one.took)}${one.error === "" ? "" : `,"error":${goString(one.error)}`}}`).join(",")}]`;
    case "endpoint-status":
      return `[${answer.list.map((one) => `{"Endpoint":${goString(one.endpoint)},"Status":${json(pb.StatusResponse, one.status)}}`).join(",")}]`;
    case "endpoint-hashkv":
      return `[${answer.list.map((one) => `{"Endpoint":${goString(one.endpoint)},"HashKV":${json(pb.HashKVResponse, one.hash)}}`).join(",")}]`;
    case "alarm":
      return json(pb.AlarmResponse, answer.response);
    case "move-leader":
      return json(pb.MoveLeaderResponse, answer.response);
    case "downgrade":
      return json(pb.DowngradeResponse, answer.response);
    case "auth":
      return json(answer.codec, answer.response);
  }
}

export function printJson(answer: Answer, options: PrintOptions): Buffer {
  return Buffer.from(`${text(answer, options)}\n`);
}
