/** Alarms raised in the cluster, by type and member, kept in bucket `alarm` (etcd server/etcdserver/api/v3alarm). */
import type { Backend } from "../backend/backend.ts";
import { AlarmMember, AlarmType } from "../proto/gen/etcdserverpb.ts";

const noValue = Buffer.alloc(0);

export class AlarmStore {
  private raised = new Map<string, AlarmMember>();
  private backend: Backend;

  constructor(backend: Backend) {
    this.backend = backend;
    this.restore(backend);
  }

  restore(backend: Backend): void {
    this.backend = backend;
    this.raised = new Map();
    for (const { key } of backend.entries("alarm")) {
      const alarm = AlarmMember.decode(key);
      this.raised.set(nameOf(alarm.memberID, alarm.alarm), alarm);
    }
  }

  /** @param type NONE: all */
  list(type: number): AlarmMember[] {
    return [...this.raised.values()].filter((alarm) => type === AlarmType.NONE || alarm.alarm === type);
  }

  isRaised(type: number): boolean {
    for (const alarm of this.raised.values()) if (alarm.alarm === type) return true;
    return false;
  }

  activate(memberID: bigint, type: number): AlarmMember {
    const known = this.raised.get(nameOf(memberID, type));
    if (known !== undefined) return known;
    const alarm = AlarmMember.create({ memberID, alarm: type });
    this.raised.set(nameOf(memberID, type), alarm);
    this.backend.put("alarm", AlarmMember.encode(alarm), noValue);
    return alarm;
  }

  /** @returns the alarm, undefined where it was not raised */
  deactivate(memberID: bigint, type: number): AlarmMember | undefined {
    const alarm = this.raised.get(nameOf(memberID, type));
    if (alarm === undefined) return undefined;
    this.raised.delete(nameOf(memberID, type));
    this.backend.delete("alarm", AlarmMember.encode(alarm));
    return alarm;
  }
}

function nameOf(memberID: bigint, type: number): string {
  return `${memberID}/${type}`;
}
