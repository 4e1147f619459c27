/** The client API spells "all keys with a prefix" as a range up to the first key behind them (etcd client/v3, GetPrefixRangeEnd). */

const OPEN_END = Buffer.from([0]);

/** Exclusive end of the range: the last byte below 0xff plus one, cut there; "\0" (no end) where there is none. */
export function prefixEnd(prefix: Buffer): Buffer {
  for (let at = prefix.length - 1; at >= 0; at--) {
    if (prefix[at]! < 0xff) return Buffer.concat([prefix.subarray(0, at), Buffer.from([prefix[at]! + 1])]);
  }
  return OPEN_END;
}
