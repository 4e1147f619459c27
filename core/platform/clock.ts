/** Time as the core sees it. Pure code takes a Clock; only `platform/node` and the simulators make one. */

export interface Timer {
  /** Stops it; harmless when it has fired. */
  cancel(): void;
}

export interface Clock {
  /** Wall time, milliseconds since 1970. May jump. */
  now(): number;
  /** Milliseconds from an arbitrary start, with fractions; never goes back. */
  monotonic(): number;
  /** Calls `fire` once after `delayMs`. */
  after(delayMs: number, fire: () => void): Timer;
}
