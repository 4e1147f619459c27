/**
 * Messages on their way: one mark each, moved by animation frames while there are any and not otherwise. Bounded: what does
 * not fit is counted and said. Where motion is unwanted, a mark stands at both ends for as long as the flight would last.
 */
import type { MessageMark } from "../../../core/lab/contract/state.ts";
import { termClass } from "../../derive/member-look.ts";
import { text } from "../../text.ts";
import { along, rims } from "./geometry.ts";
import type { Point } from "./geometry.ts";

const FLIGHT_MS = 600;
const LOST_MS = 320;
const DRAWN_MAX = 72;
const LABELS_MAX = 5;
const ASIDE = 6;
const RIM = 40;
const SVG = "http://www.w3.org/2000/svg";

interface Flight {
  readonly mark: MessageMark;
  readonly group: SVGGElement;
  readonly started: number;
  readonly labelled: boolean;
  lost: boolean;
}

export interface FlightOptions {
  /** where a host stands now; undefined when it is not drawn */
  readonly place: (host: string) => Point | undefined;
  /** the term a host is in: some messages carry none of their own */
  readonly termOf: (host: string) => number;
  readonly still: () => boolean;
  readonly onundrawn: (count: number) => void;
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  return element;
}

/** A request is filled, a reply hollow with + or −, a snapshot a square, a heartbeat small. */
function drawMark(mark: MessageMark, term: number): SVGGElement {
  const group = document.createElementNS(SVG, "g");
  const reply = mark.type.endsWith("Resp");
  const beat = mark.type.startsWith("MsgHeartbeat") || (mark.type === "MsgApp" && mark.entries === 0);
  group.setAttribute("class", `flight ${termClass(term)} ${reply ? "reply" : "request"}`);
  if (beat) group.append(shape("circle", { r: 2.5 }));
  else if (mark.type === "MsgSnap") group.append(shape("rect", { x: -6, y: -6, width: 12, height: 12, rx: 2 }));
  else group.append(shape("circle", { r: 5 }));
  if (reply && !beat) group.append(shape("path", { d: mark.reject ? "M-2.5 0h5" : "M-2.5 0h5M0 -2.5v5" }));
  return group;
}

export class Flights {
  readonly #layer: SVGGElement;
  readonly #options: FlightOptions;
  readonly #flights = new Set<Flight>();
  #labels = 0;
  #frame = 0;

  constructor(layer: SVGGElement, options: FlightOptions) {
    this.#layer = layer;
    this.#options = options;
  }

  launch(marks: readonly MessageMark[]): void {
    let undrawn = 0;
    for (const mark of marks) {
      if (this.#options.place(mark.from) === undefined || this.#options.place(mark.to) === undefined) continue;
      if (this.#flights.size >= DRAWN_MAX || document.hidden) undrawn += 1;
      else this.#start(mark);
    }
    if (undrawn > 0) this.#options.onundrawn(undrawn);
    if (this.#frame === 0 && this.#flights.size > 0) this.#frame = requestAnimationFrame((now) => this.#move(now));
  }

  clear(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#labels = 0;
    this.#flights.clear();
    this.#layer.replaceChildren();
  }

  #start(mark: MessageMark): void {
    const group = drawMark(mark, this.#termOf(mark));
    const words = text.message(mark);
    const labelled = words !== "" && this.#labels < LABELS_MAX;
    if (labelled) {
      const label = shape("text", { y: -10, "text-anchor": "middle" });
      label.textContent = words;
      group.append(label);
      this.#labels += 1;
    }
    this.#layer.append(group);
    const flight: Flight = { mark, group, started: performance.now(), labelled, lost: false };
    this.#flights.add(flight);
    if (this.#options.still()) this.#stand(flight);
  }

  /** Without motion: the mark at its start, and a copy where it arrives. */
  #stand(flight: Flight): void {
    const way = this.#wayOf(flight.mark);
    if (way === null) return;
    const [from, to] = way;
    flight.group.setAttribute("transform", `translate(${from.x} ${from.y})`);
    const copy = drawMark(flight.mark, this.#termOf(flight.mark));
    copy.setAttribute("transform", `translate(${to.x - from.x} ${to.y - from.y})`);
    if (flight.mark.outcome === "delivered") flight.group.append(copy);
  }

  #termOf(mark: MessageMark): number {
    return mark.term > 0 ? mark.term : this.#options.termOf(mark.from);
  }

  #wayOf(mark: MessageMark): readonly [Point, Point] | null {
    const from = this.#options.place(mark.from);
    const to = this.#options.place(mark.to);
    if (from === undefined || to === undefined) return null;
    const [start, end] = rims(from, to, RIM);
    return [along(start, end, 0, ASIDE), along(start, end, 1, ASIDE)];
  }

  #move(now: number): void {
    const still = this.#options.still();
    for (const flight of this.#flights) {
      const age = now - flight.started;
      const dropped = flight.mark.outcome === "dropped";
      const lostAt = FLIGHT_MS * 0.45;
      if (age >= (dropped ? lostAt + LOST_MS : FLIGHT_MS)) this.#land(flight);
      else if (!still) {
        if (dropped && age >= lostAt && !flight.lost) this.#lose(flight);
        const way = this.#wayOf(flight.mark);
        const share = dropped ? Math.min(0.45, age / FLIGHT_MS) : Math.max(0, age / FLIGHT_MS);
        const at = way === null ? null : along(way[0], way[1], share);
        if (at !== null) flight.group.setAttribute("transform", `translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`);
      }
    }
    this.#frame = this.#flights.size > 0 ? requestAnimationFrame((next) => this.#move(next)) : 0;
  }

  #lose(flight: Flight): void {
    flight.lost = true;
    flight.group.setAttribute("class", "flight lost");
    for (const child of [...flight.group.children]) if (child.tagName !== "text") child.remove();
    flight.group.prepend(shape("path", { d: "M-4 -4l8 8M-4 4l8 -8" }));
  }

  #land(flight: Flight): void {
    flight.group.remove();
    this.#flights.delete(flight);
    if (flight.labelled) this.#labels -= 1;
  }
}
