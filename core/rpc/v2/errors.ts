/** Errors of the v2 key space: code, text, cause, index, and the HTTP status they travel with (etcd 3.4 api/v2error). */

const table = {
  100: ["Key not found", 404],
  101: ["Compare failed", 412],
  102: ["Not a file", 403],
  104: ["Not a directory", 400],
  105: ["Key already exists", 412],
  107: ["Root is read only", 400],
  108: ["Directory not empty", 403],
  110: ["The request requires user authentication", 401],
  201: ["PrevValue is Required in POST form", 400],
  202: ["The given TTL in POST form is not a number", 400],
  203: ["The given index in POST form is not a number", 400],
  209: ["Invalid field", 400],
  210: ["Invalid POST form", 400],
  211: ["Value provided on refresh", 400],
  212: ["A TTL must be provided on refresh", 400],
  300: ["Raft Internal Error", 500],
  400: ["watcher is cleared due to etcd recovery", 400],
  401: ["The event in requested index is outdated and cleared", 400],
} as const;

export type V2Code = keyof typeof table;

export class V2Error extends Error {
  override readonly name = "V2Error";
  readonly status: number;

  /** @param index the store's index when it happened; 0 where the request was not understood */
  constructor(
    readonly code: V2Code,
    /** "" = none */
    readonly reason: string,
    readonly index: number,
    options?: ErrorOptions,
  ) {
    super(table[code][0], options);
    this.status = table[code][1];
  }
}
