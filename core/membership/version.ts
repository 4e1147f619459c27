/** Cluster and storage versions: `major.minor.patch` text, compared by number. */
import { MembershipError } from "./membership-error.ts";

/** @returns [major, minor, patch]. @throws MembershipError */
export function parseVersion(text: string): readonly [number, number, number] {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.exec(text);
  if (match === null) throw new MembershipError("membership.bad_version", `${JSON.stringify(text)} is not in dotted-tri format`);
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Negative when `a` is older. Pre-release tags do not count. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

/** `3.6.14` as the version of a cluster: `3.6.0`. */
export function clusterVersionOf(version: string): string {
  const [major, minor] = parseVersion(version);
  return `${major}.${minor}.0`;
}
