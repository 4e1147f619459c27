/** The list of members as `/members` carries it between peers: a JSON array with exact ids. */
import { GoJsonError, isGoJsonObject, parseGoJson, stringifyGoJson } from "../membership/go-json.ts";
import { type Member, decodeMember, encodeMember } from "../membership/member.ts";

export function encodeMembers(members: readonly Member[]): string {
  return `[${members.map((member) => encodeMember(member).toString()).join(",")}]`;
}

/** @throws GoJsonError */
export function decodeMembers(json: Buffer): Member[] {
  const list = parseGoJson(json.toString());
  if (list === null) return [];
  if (!Array.isArray(list)) throw new GoJsonError("members are no array", 0);
  return (list as readonly unknown[]).map((item) => {
    if (!isGoJsonObject(item as never)) throw new GoJsonError("a member is no object", 0);
    return decodeMember(stringifyGoJson(item as never));
  });
}
