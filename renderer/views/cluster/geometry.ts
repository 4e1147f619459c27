/** Where members stand: fixed places on a ring, by their number and the room there is. Pixels. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Place extends Point {
  /** on which side of the member its facts stand */
  readonly side: "left" | "right";
}

/** Half of what a member takes, its ring included. */
export const NODE_RADIUS = 36;
/** Room for the facts beside a member; where members stand too close for that, two lines are all that is said. */
export const FACTS_WIDTH = 156;
export const FACTS_WIDTH_TIGHT = 92;
const FACTS_HEIGHT = 118;
/** between the member and its facts, and what of their room they fill */
const FACTS_GAP = 16;
const FACTS_INK = 110;
const EDGE_Y = 66;
const RADIUS_MAX = 250;

/** Places for `count` members in a box: the first on top, the rest clockwise. Two stand side by side, one in the middle. */
export function ringPlaces(count: number, width: number, height: number, factsWidth = FACTS_WIDTH): Place[] {
  const middle = { x: width / 2, y: height / 2 };
  if (count === 0) return [];
  if (count === 1) return [{ ...middle, side: "right" }];
  const start = count === 2 ? Math.PI : -Math.PI / 2;
  const angles = Array.from({ length: count }, (_, at) => start + (at * 2 * Math.PI) / count);
  const tops = angles.map(Math.sin);
  const reach = Math.max(...tops) - Math.min(...tops);
  const sides = Math.max(...angles.map((angle) => Math.abs(Math.cos(angle))));
  const radiusX = Math.max(90, Math.min(RADIUS_MAX * 1.15, (width / 2 - NODE_RADIUS - factsWidth - 12) / sides));
  const radiusY = reach < 0.01 ? 0 : Math.max(60, Math.min(RADIUS_MAX, (height - 2 * EDGE_Y) / reach));
  const shift = -((Math.max(...tops) + Math.min(...tops)) / 2) * radiusY;
  return angles.map((angle) => {
    const x = middle.x + Math.cos(angle) * radiusX;
    const y = middle.y + shift + Math.sin(angle) * radiusY;
    const side = x < middle.x - 1 || (x < middle.x + 1 && y < middle.y) ? "left" : "right";
    return { x, y, side };
  });
}

/** Whole facts would run into a neighbour or its facts, or out of the box. */
export function isCrowded(places: readonly Place[], width: number): boolean {
  const reach = NODE_RADIUS + FACTS_WIDTH;
  if (places.some((place) => (place.side === "left" ? place.x - reach < 0 : place.x + NODE_RADIUS + FACTS_GAP + FACTS_INK > width))) return true;
  return places.some((a) =>
    places.some((b) => {
      if (a === b || Math.abs(a.y - b.y) >= FACTS_HEIGHT) return false;
      const away = a.side === "left" ? a.x - b.x : b.x - a.x;
      return (away > 0 && away < reach + NODE_RADIUS) || (a.side === b.side && Math.abs(a.x - b.x) < FACTS_WIDTH);
    }),
  );
}

/** A line between two members runs through the room of this one's facts: then only as much is said as stands above it. */
export function isCrossed(place: Place, places: readonly Place[]): boolean {
  // names and numbers stand at the left end of their room, on either side of the member
  const left = place.side === "left" ? place.x - NODE_RADIUS - FACTS_WIDTH : place.x + NODE_RADIUS + FACTS_GAP;
  const right = left + FACTS_INK;
  const [top, bottom] = [place.y - FACTS_HEIGHT / 2, place.y + FACTS_HEIGHT / 2];
  return places.some((a, at) => places.slice(at + 1).some((b) => crosses(a, b, left, right, top, bottom)));
}

/** Where the line is between left and right, it is between top and bottom somewhere. */
function crosses(a: Point, b: Point, left: number, right: number, top: number, bottom: number): boolean {
  const [from, to] = a.x <= b.x ? [a, b] : [b, a];
  if (to.x < left || from.x > right) return false;
  const yAt = (x: number): number => (to.x === from.x ? from.y : from.y + ((x - from.x) / (to.x - from.x)) * (to.y - from.y));
  const ends = [yAt(Math.max(left, from.x)), yAt(Math.min(right, to.x))];
  return Math.min(...ends) < bottom && Math.max(...ends) > top;
}

/** The point a share of the way from one to the other, moved `aside` to the right of the way. */
export function along(from: Point, to: Point, share: number, aside = 0): Point {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy) || 1;
  return { x: from.x + dx * share - (dy / length) * aside, y: from.y + dy * share + (dx / length) * aside };
}

/** Both ends of the way between two members, at their rims. */
export function rims(from: Point, to: Point, gap: number): readonly [Point, Point] {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return [along(from, to, gap / length), along(from, to, 1 - gap / length)];
}

/** A part of a circle, from the top clockwise, as a path. `share` 0..1. */
export function arc(center: Point, radius: number, share: number): string {
  if (share >= 0.999) return `M${center.x} ${center.y - radius}a${radius} ${radius} 0 1 1 -0.01 0`;
  const angle = share * 2 * Math.PI - Math.PI / 2;
  const x = center.x + Math.cos(angle) * radius;
  const y = center.y + Math.sin(angle) * radius;
  return `M${center.x} ${center.y - radius}A${radius} ${radius} 0 ${share > 0.5 ? 1 : 0} 1 ${x.toFixed(2)} ${y.toFixed(2)}`;
}
