/**
 * Why something happened, from what the members and the lab told: the event before it that brought it about. A follower campaigns
 * because its leader died, was cut off or stepped down; a leader is elected because it campaigned; others follow because it was elected.
 * Where no told event explains it, nothing is guessed.
 */
import { ALL_PEERS, type LabState, type TimelineEvent } from "./state.ts";

/** A leader missed for longer than this was missed for another reason: the longest election timeout at the slowest pace. */
const LOOK_BACK_MS = 10 * 60_000;

type Match = (earlier: TimelineEvent) => boolean;

/** A fault of the link between these two, in whichever direction. */
function isBetween(event: TimelineEvent, a: string, b: string): boolean {
  const goes = (from: string, to: string): boolean => event.host === from && (event.peer === to || event.peer === ALL_PEERS);
  return event.what === "link-fault" && (goes(a, b) || goes(b, a));
}

/** What must have happened before for `event` to be explained by it; undefined: nothing explains it. */
function explains(event: TimelineEvent, hostOf: (id: string) => string): Match | undefined {
  const peer = hostOf(event.peer);
  switch (event.what) {
    case "campaign":
    case "leader-lost":
      if (peer === "") return undefined;
      return (earlier) => {
        if (earlier.host === peer && (earlier.what === "down" || earlier.what === "stepped-down" || earlier.what === "disk-fault")) return true;
        // either direction will do: what does not reach the leader is not answered
        return isBetween(earlier, peer, event.host);
      };
    case "leader-elected":
      return (earlier) => earlier.what === "campaign" && earlier.host === event.host && earlier.term <= event.term;
    case "leader-followed":
      return (earlier) => earlier.what === "leader-elected" && earlier.host === peer && earlier.term === event.term;
    case "stepped-down":
      return (earlier) => {
        if (earlier.what === "link-fault") return earlier.host === event.host || earlier.peer === event.host;
        return earlier.what === "leader-elected" && earlier.host !== event.host && earlier.term >= event.term;
      };
    case "peer-inactive":
      if (peer === "") return undefined;
      return (earlier) => (earlier.what === "down" && earlier.host === peer) || isBetween(earlier, peer, event.host);
    case "snapshot-received":
      return (earlier) => earlier.what === "snapshot-sent" && hostOf(earlier.peer) === event.host;
    case "slow-fsync":
    case "failed":
      return (earlier) => earlier.what === "disk-fault" && earlier.host === event.host;
    default:
      return undefined;
  }
}

/** Ids and hosts to hosts. */
function hostsOf(state: Pick<LabState, "members">): (id: string) => string {
  const hosts = new Map(state.members.flatMap((member) => [[member.id, member.host] as const, [member.host, member.host] as const]));
  return (id) => (id === "" ? "" : (hosts.get(id) ?? ""));
}

/** The latest told event that explains this one. */
export function causeOf(state: Pick<LabState, "members" | "timeline">, event: TimelineEvent): TimelineEvent | undefined {
  const match = explains(event, hostsOf(state));
  if (match === undefined) return undefined;
  let cause: TimelineEvent | undefined;
  // members' batches overlap, so the order of the list is not that of time
  for (const earlier of state.timeline) {
    if (earlier.at > event.at || earlier.at < event.at - LOOK_BACK_MS || earlier.id === event.id) continue;
    if (match(earlier) && (cause === undefined || earlier.at >= cause.at)) cause = earlier;
  }
  return cause;
}

/** What this event explains, in order of time. */
export function effectsOf(state: Pick<LabState, "members" | "timeline">, event: TimelineEvent): TimelineEvent[] {
  return state.timeline
    .filter((later) => later.at >= event.at && later.at <= event.at + LOOK_BACK_MS && later.id !== event.id && causeOf(state, later)?.id === event.id)
    .sort((a, b) => a.at - b.at);
}
