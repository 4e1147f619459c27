import { expect, it } from "vitest";
import * as pb from "../../../proto/gen/etcdserverpb.ts";
import { printSimple } from "./simple.ts";

it("pads short ids in sentences about members, and not in the one about leadership", () => {
  const leader = 0xa8f3458387986dn;
  const moved = printSimple({ kind: "move-leader", leader, target: 0xc61f33e98087dec2n, response: pb.MoveLeaderResponse.create({}) }, { hex: false });
  expect(moved.toString()).toBe("Leadership transferred from a8f3458387986d to c61f33e98087dec2\n");
  const removed = printSimple({ kind: "member-remove", id: leader, response: pb.MemberRemoveResponse.create({}) }, { hex: false });
  expect(removed.toString()).toBe("Member   a8f3458387986d removed from cluster                0\n");
});
