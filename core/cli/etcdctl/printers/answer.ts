/** What a command has to say, before a format is chosen. */
import type * as pb from "../../../proto/gen/etcdserverpb.ts";
import type { Codec } from "../../../proto/wire.ts";

export interface EndpointHealth {
  readonly endpoint: string;
  readonly health: boolean;
  readonly took: string;
  readonly error: string;
}

export type Answer =
  | { readonly kind: "get"; readonly response: pb.RangeResponse; readonly valueOnly?: boolean }
  | { readonly kind: "put"; readonly response: pb.PutResponse }
  | { readonly kind: "del"; readonly response: pb.DeleteRangeResponse }
  | { readonly kind: "txn"; readonly response: pb.TxnResponse }
  | { readonly kind: "watch"; readonly response: pb.WatchResponse }
  | { readonly kind: "grant"; readonly response: pb.LeaseGrantResponse }
  | { readonly kind: "revoke"; readonly id: bigint; readonly response: pb.LeaseRevokeResponse }
  | { readonly kind: "keep-alive"; readonly response: pb.LeaseKeepAliveResponse }
  | { readonly kind: "time-to-live"; readonly keys: boolean; readonly response: pb.LeaseTimeToLiveResponse }
  | { readonly kind: "leases"; readonly response: pb.LeaseLeasesResponse }
  | { readonly kind: "member-add"; readonly name: string; readonly peerUrls: string; readonly response: pb.MemberAddResponse }
  | { readonly kind: "member-remove"; readonly id: bigint; readonly response: pb.MemberRemoveResponse }
  | { readonly kind: "member-update"; readonly id: bigint; readonly response: pb.MemberUpdateResponse }
  | { readonly kind: "member-promote"; readonly id: bigint; readonly response: pb.MemberPromoteResponse }
  | { readonly kind: "member-list"; readonly response: pb.MemberListResponse }
  | { readonly kind: "endpoint-health"; readonly list: readonly EndpointHealth[] }
  | { readonly kind: "endpoint-status"; readonly list: readonly { readonly endpoint: string; readonly status: pb.StatusResponse }[] }
  | { readonly kind: "endpoint-hashkv"; readonly list: readonly { readonly endpoint: string; readonly hash: pb.HashKVResponse }[] }
  | { readonly kind: "alarm"; readonly response: pb.AlarmResponse }
  | { readonly kind: "move-leader"; readonly leader: bigint; readonly target: bigint; readonly response: pb.MoveLeaderResponse }
  | { readonly kind: "downgrade"; readonly action: "validate" | "enable" | "cancel"; readonly response: pb.DowngradeResponse }
  | {
      readonly kind: "auth";
      readonly codec: Codec<{ readonly header: pb.ResponseHeader | undefined }>;
      readonly response: { readonly header: pb.ResponseHeader | undefined };
      readonly simple: Buffer;
      /** lines after the header's; undefined: not in this format */
      readonly fields: readonly string[] | undefined;
    };

export interface PrintOptions {
  readonly hex: boolean;
}
