/** The calls that the generator makes: ready-made messages in which only the key's number changes. */
import { PutRequest, RangeRequest } from "../../core/proto/gen/etcdserverpb.ts";
import type { Call } from "./generator.ts";

export const VALUE = Buffer.alloc(128, 0x76);
const DIGITS = 10;
/** keys that are written over and over */
const KEYS = 100_000;

export function keyOf(number: number): Buffer {
  return Buffer.from(`bench/${String(number % KEYS).padStart(DIGITS, "0")}`);
}

/** Writes the number's digits where `keyOf` has them. */
function numberInto(sample: Buffer, keys: number): (message: Buffer, number: number) => void {
  const end = sample.indexOf(keyOf(0)) + "bench/".length + DIGITS;
  return (message, number) => {
    let left = number % keys;
    for (let at = end - 1; at >= end - DIGITS; at--) {
      message[at] = 48 + (left % 10);
      left = Math.floor(left / 10);
    }
  };
}

const putMessage = PutRequest.encode(PutRequest.create({ key: keyOf(0), value: VALUE }));
export const put: Call = { path: "/etcdserverpb.KV/Put", message: putMessage, fill: numberInto(putMessage, KEYS) };

function range(request: Partial<RangeRequest>): Call {
  const message = RangeRequest.encode(RangeRequest.create(request));
  return { path: "/etcdserverpb.KV/Range", message, ...(request.rangeEnd === undefined ? { fill: numberInto(message, 1000) } : {}) };
}

export const get = (serializable: boolean): Call => range({ key: keyOf(0), serializable });
export const rangeOf = (limit: number): Call => range({ key: Buffer.from("bench/"), rangeEnd: Buffer.from("bench0"), limit });
