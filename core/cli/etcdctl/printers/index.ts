/** Chooses the printer of `-w`. */
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import type { FlagSet } from "../../cobra/flags.ts";
import { ExitError } from "../../cobra/command.ts";
import { asciiTable } from "../../go/text.ts";
import type { ProgramIo } from "../../program.ts";
import type { Answer } from "./answer.ts";
import { printFields } from "./fields.ts";
import { printJson } from "./json.ts";
import { endpointHashRows, endpointStatusRows, hashHeader, healthHeader, healthRows, memberHeader, memberRows, statusHeader } from "./rows.ts";
import { printSimple } from "./simple.ts";

export type { Answer, EndpointHealth } from "./answer.ts";

function printTable(answer: Answer): Buffer {
  switch (answer.kind) {
    case "member-list":
      return Buffer.from(asciiTable(memberHeader, memberRows(answer.response)));
    case "endpoint-health":
      return Buffer.from(asciiTable(healthHeader, healthRows(answer.list)));
    case "endpoint-status":
      return Buffer.from(asciiTable(statusHeader, endpointStatusRows(answer.list)));
    case "endpoint-hashkv":
      return Buffer.from(asciiTable(hashHeader, endpointHashRows(answer.list)));
    default:
      throw new ExitError(4, "table not supported as output format");
  }
}

const codecs = {
  get: pb.RangeResponse,
  put: pb.PutResponse,
  del: pb.DeleteRangeResponse,
  txn: pb.TxnResponse,
  revoke: pb.LeaseRevokeResponse,
  "member-add": pb.MemberAddResponse,
  "member-remove": pb.MemberRemoveResponse,
  "member-update": pb.MemberUpdateResponse,
  "member-promote": pb.MemberPromoteResponse,
  "member-list": pb.MemberListResponse,
  alarm: pb.AlarmResponse,
  "move-leader": pb.MoveLeaderResponse,
  downgrade: pb.DowngradeResponse,
} as const;

/** Raw bytes of the response, without a newline. */
function printProtobuf(answer: Answer): Buffer {
  if (answer.kind === "watch") return pb.WatchResponse.encode({ ...answer.response, watchId: 0, cancelReason: "", fragment: false });
  // etcd's client has types of its own for leases, of which protobuf sees the header alone
  if (answer.kind === "grant" || answer.kind === "keep-alive" || answer.kind === "time-to-live" || answer.kind === "leases")
    return pb.ResponseHeader.encode(answer.response.header ?? pb.ResponseHeader.create());
  if (answer.kind === "auth") return answer.codec.encode(answer.response);
  if (answer.kind in codecs) {
    const { kind, response } = answer as { kind: keyof typeof codecs; response: unknown };
    return (codecs[kind] as { encode(message: unknown): Buffer }).encode(response);
  }
  throw new ExitError(4, "protobuf not supported as output format");
}

export function printAnswer(answer: Answer, flags: FlagSet, io: ProgramIo): void {
  const options = { hex: flags.bool("hex") };
  switch (flags.string("write-out")) {
    case "json":
      io.stdout.write(printJson(answer, options));
      return;
    case "fields":
      io.stdout.write(printFields(answer, options));
      return;
    case "table":
      io.stdout.write(printTable(answer));
      return;
    case "protobuf":
      io.stdout.write(printProtobuf(answer));
      return;
    default:
      io.stdout.write(printSimple(answer, options));
  }
}
