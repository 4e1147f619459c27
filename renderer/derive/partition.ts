/** Who can reach whom, by the cuts in force: the sides of a split cluster, and what a member joins when it is put somewhere. */
import type { ActiveFault } from "../../core/lab/contract/state.ts";
import type { Point } from "../views/cluster/geometry.ts";

/** So near to somebody who stands apart, one stands with it; px. */
const NEAR = 130;
/** So near to its own place, a member is home; px. */
export const HOME = 64;

type Cut = Pick<ActiveFault, "kind" | "host" | "to">;

/** Hosts that reach each other, directly or through others, in at least one direction; the largest side first, then by order of hosts. */
export function sidesOf(hosts: readonly string[], faults: readonly Cut[]): string[][] {
  const cuts = new Set(faults.filter((fault) => fault.kind === "cut").map(({ host, to }) => `${host}>${to}`));
  const apart = (a: string, b: string): boolean => cuts.has(`${a}>${b}`) && cuts.has(`${b}>${a}`);
  const sides: string[][] = [];
  const left = new Set(hosts);
  for (const first of hosts) {
    if (!left.delete(first)) continue;
    const side = [first];
    for (const member of side) for (const other of [...left]) if (!apart(member, other) && left.delete(other)) side.push(other);
    sides.push(hosts.filter((host) => side.includes(host)));
  }
  return sides.sort((a, b) => b.length - a.length);
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/**
 * The side that `host` is on when it is put at `point`: with all the others when that is its home, with those who were moved away and
 * stand near, or alone.
 * @param homes the places on the ring
 * @param away where those stand who were moved away from it
 */
export function sideAt(host: string, point: Point, homes: ReadonlyMap<string, Point>, away: ReadonlyMap<string, Point>): string[] {
  const home = homes.get(host);
  const hosts = [...homes.keys()];
  if (home === undefined || distance(home, point) < HOME) return hosts.filter((one) => one === host || !away.has(one));
  return hosts.filter((one) => {
    const place = away.get(one);
    return one === host || (place !== undefined && distance(place, point) < NEAR);
  });
}
