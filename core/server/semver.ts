/** Versions of servers, clusters and storage: "3.6.14". Only what etcd asks of them. */

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** undefined where it is not MAJOR.MINOR.PATCH (a pre-release tail is left out). */
export function parseVersion(text: string | undefined): Version | undefined {
  const parts = /^(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(text ?? "");
  return parts === null ? undefined : { major: Number(parts[1]), minor: Number(parts[2]), patch: Number(parts[3]) };
}

/** Below 0, 0 or above 0, as for sorting. */
export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

/** The cluster version that belongs to a server version: the patch does not count. */
export function clusterVersionOf(version: Version): Version {
  return { ...version, patch: 0 };
}

export function printVersion(version: Version): string {
  return `${version.major}.${version.minor}.${version.patch}`;
}

export function sameMinor(a: Version, b: Version): boolean {
  return a.major === b.major && a.minor === b.minor;
}

/** One minor below: the only version that a cluster can be downgraded to. */
export function downgradeTargetOf(version: Version): Version {
  return { major: version.major, minor: version.minor - 1, patch: 0 };
}

/** Whether a cluster version may become another: any step up within a major, one minor down (server/etcdserver/version). */
export function isClusterVersionChange(from: Version, to: Version): boolean {
  const a = clusterVersionOf(from);
  const b = clusterVersionOf(to);
  return compareVersions(b, downgradeTargetOf(a)) === 0 || (a.major === b.major && compareVersions(a, b) < 0);
}
