/** The faults of one member that are not of its process or its links: its disk, its files, its clock, its certificate. */
import type { FaultKind, MemberView } from "../core/lab/contract/state.ts";
import { act, offlineOr } from "./act.ts";
import { screen } from "./state/app.ts";
import type { Action } from "./state/screen.svelte.ts";
import { text } from "./text.ts";

const t = text.actions;

export function damageActions(member: MemberView): Action[] {
  const { host } = member;
  const blocked = (kind: FaultKind): string => offlineOr(member.impossible?.[kind] ?? "");
  return [
    { id: `slow-${host}`, label: t.slowDiskOf(host), short: t.slowDisk, icon: "disk", blocked: blocked("slow-fsync"), separated: true, run: () => (screen.dialog = { kind: "disk", host }) },
    { id: `failing-${host}`, label: t.failDiskOf(host), short: t.failDisk, icon: "disk", blocked: blocked("failing-fsync"), run: () => act(t.failDiskOf(host), "fault.disk", { host, kind: "failing-fsync", amount: 0 }) },
    { id: `full-${host}`, label: t.fullDiskOf(host), short: t.fullDisk, icon: "disk", blocked: blocked("disk-full"), run: () => act(t.fullDiskOf(host), "fault.disk", { host, kind: "disk-full", amount: 0 }) },
    { id: `flip-${host}`, label: t.flipOf(host), short: t.flip, icon: "bit", blocked: blocked("flipped-bit"), separated: true, run: () => (screen.dialog = { kind: "flip", host }) },
    { id: `torn-${host}`, label: t.tearOf(host), short: t.tear, icon: "torn", blocked: blocked("torn-write"), run: () => act(t.tearOf(host), "fault.file", { host, kind: "torn-write" }) },
    { id: `delete-data-${host}`, label: t.deleteDataOf(host), short: t.deleteData, icon: "trash", tone: "bad", blocked: blocked("data-deleted"), run: () => act(t.deleteDataOf(host), "fault.file", { host, kind: "data-deleted" }) },
    { id: `skew-${host}`, label: t.skewOf(host), short: t.skew, icon: "clock", blocked: blocked("clock-skew"), separated: true, run: () => (screen.dialog = { kind: "skew", host }) },
    {
      id: `expire-${host}`,
      label: t.expireOf(host),
      short: t.expire,
      icon: "certificate",
      blocked: blocked("certificate-expired"),
      run: () => act(t.expireOf(host), "fault.file", { host, kind: "certificate-expired" }),
    },
  ];
}
