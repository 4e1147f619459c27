/**
 * Members that somebody dragged away from the ring. Where one is dropped says with whom it can still talk: alone, beside others who were
 * moved away, or at home with the rest. Only the place is kept here; the cuts are the lab's, and without them nobody stands apart.
 */
import type { ActiveFault } from "../../../core/lab/contract/state.ts";
import { HOME, sideAt, sidesOf } from "../../derive/partition.ts";
import type { Place, Point } from "./geometry.ts";

/** A press that moves less than this is a press; px. */
const STILL = 6;
/** A cut that was asked for is seen by then, or was undone before anybody saw it; ms. */
const SETTLE_MS = 3000;

export interface Carried {
  readonly host: string;
  readonly at: Point;
  /** whom it would be with, were it let go now */
  readonly side: readonly string[];
  readonly home: boolean;
}

export class Apart {
  /** by host, as moved from home */
  #moved = $state.raw<ReadonlyMap<string, Point>>(new Map());
  carried = $state.raw<Carried | null>(null);
  #homes: ReadonlyMap<string, Place> = new Map();
  #from: Point | null = null;
  /** dropped, and its cuts not seen yet */
  #pending = $state.raw<ReadonlySet<string>>(new Set());

  /** Places with those who were moved away where they were put, inside the box. */
  places(homes: ReadonlyMap<string, Place>, width: number, height: number): ReadonlyMap<string, Place> {
    this.#homes = homes;
    const { carried } = this;
    return new Map(
      [...homes].map(([host, home]): [string, Place] => {
        const moved = this.#moved.get(host);
        const at = carried?.host === host ? carried.at : moved === undefined ? home : { x: home.x + moved.x, y: home.y + moved.y };
        return [host, at === home ? home : { ...within(at, width, height), side: at.x < width / 2 ? "left" : "right" }];
      }),
    );
  }

  /** @param at where the pointer is */
  press(at: Point): void {
    this.#from = at;
  }

  /** True while a member is carried. */
  drag(host: string, at: Point): boolean {
    const home = this.#homes.get(host);
    if (this.#from === null || home === undefined) return false;
    const [dx, dy] = [at.x - this.#from.x, at.y - this.#from.y];
    if (this.carried === null && Math.hypot(dx, dy) < STILL) return false;
    const moved = this.#moved.get(host) ?? { x: 0, y: 0 };
    const place = { x: home.x + moved.x + dx, y: home.y + moved.y + dy };
    this.carried = { host, at: place, side: sideAt(host, place, this.#homes, this.#awayPlaces(host)), home: Math.hypot(place.x - home.x, place.y - home.y) < HOME };
    return true;
  }

  /** Lets go. @returns whom it is with now; null when it was not carried */
  drop(): Carried | null {
    const { carried } = this;
    this.#from = null;
    this.carried = null;
    if (carried === null) return null;
    const home = this.#homes.get(carried.host);
    const moved = new Map(this.#moved);
    if (carried.home || home === undefined) moved.delete(carried.host);
    else moved.set(carried.host, { x: carried.at.x - home.x, y: carried.at.y - home.y });
    this.#moved = moved;
    if (moved.has(carried.host)) {
      this.#pending = new Set([...this.#pending, carried.host]);
      setTimeout(() => this.#settle([carried.host]), SETTLE_MS);
    }
    return carried;
  }

  /** It could not be cut off: back to its place. */
  home(host: string): void {
    this.#moved = new Map([...this.#moved].filter(([one]) => one !== host));
  }

  /** As if nobody had touched it. */
  cancel(): void {
    this.#from = null;
    this.carried = null;
  }

  isAway(host: string): boolean {
    return this.#moved.has(host);
  }

  /** Who can talk to those on the ring again goes home, whoever brought that about. */
  follow(hosts: readonly string[], faults: readonly ActiveFault[], connected: boolean): void {
    if (this.#moved.size === 0 || !connected) return;
    const onRing = sidesOf(hosts, faults).filter((side) => side.some((host) => !this.#moved.has(host))).flat();
    this.#settle([...this.#pending].filter((host) => !onRing.includes(host)));
    // of those that are pending, the word that cuts them off is still on its way
    const back = [...this.#moved.keys()].filter((host) => onRing.includes(host) && !this.#pending.has(host));
    if (back.length === 0) return;
    const moved = new Map(this.#moved);
    for (const host of back) moved.delete(host);
    this.#moved = moved;
  }

  #settle(hosts: readonly string[]): void {
    if (hosts.some((host) => this.#pending.has(host))) this.#pending = new Set([...this.#pending].filter((host) => !hosts.includes(host)));
  }

  #awayPlaces(but: string): ReadonlyMap<string, Point> {
    const away = new Map<string, Point>();
    for (const [host, moved] of this.#moved) {
      const home = this.#homes.get(host);
      if (host !== but && home !== undefined) away.set(host, { x: home.x + moved.x, y: home.y + moved.y });
    }
    return away;
  }
}

/** The whole member stays in sight. */
function within(at: Point, width: number, height: number): Point {
  const edge = 44;
  return { x: Math.min(Math.max(at.x, edge), Math.max(edge, width - edge)), y: Math.min(Math.max(at.y, edge), Math.max(edge, height - edge)) };
}
