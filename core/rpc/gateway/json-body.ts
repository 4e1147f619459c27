/** Messages out of a JSON body, as grpc-gateway's decoder takes them: one value after the other, each as soon as it is whole. */
import { Code, StatusError } from "../../proto/errors.ts";
import { JsonCutter, JsonError, JsonSyntaxError } from "../../proto/exact-json.ts";
import { fromJson, ProtoJsonError } from "../../proto/json.ts";
import type { MethodInfo } from "../../proto/wire.ts";
import type { CarrierLimits } from "../service.ts";

/** JSON may be longer than the message in it: base64, names, and room to breathe. */
const BODY_FACTOR = 2;

/**
 * The messages of a body, encoded.
 * @throws StatusError InvalidArgument with the decoder's text; ResourceExhausted where one is longer than any message may be
 */
export async function* messagesOf(body: AsyncIterable<string>, method: MethodInfo, limits: CarrierLimits): AsyncGenerator<Buffer> {
  const cutter = new JsonCutter(limits.receiveBytesMax * BODY_FACTOR);
  try {
    for await (const text of body) for (const value of cutter.push(text)) yield encode(method, value);
    const last = cutter.end();
    if (last !== undefined) yield encode(method, last);
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof ProtoJsonError) throw new StatusError(Code.InvalidArgument, error.message, { cause: error });
    if (error instanceof JsonError) throw new StatusError(Code.InvalidArgument, `proto: syntax error (${error.message.replace(": ", "): ")}`, { cause: error });
    if (error instanceof RangeError)
      throw new StatusError(Code.ResourceExhausted, `grpc: received message larger than max (${limits.receiveBytesMax})`, { cause: error });
    throw error;
  }
}

/** The first message, and an empty one where the body has none; what follows it is nobody's. */
export async function* onlyMessageOf(body: AsyncIterable<string>, method: MethodInfo, limits: CarrierLimits): AsyncGenerator<Buffer> {
  for await (const message of messagesOf(body, method, limits)) {
    yield message;
    return;
  }
  yield method.request.encode(method.request.create());
}

/**
 * The messages of a streaming call: the first that cannot be read ends the stream as if the client had closed its side,
 * because the gateway sends what it reads from behind the answer's back.
 */
export async function* readableMessagesOf(body: AsyncIterable<string>, method: MethodInfo, limits: CarrierLimits): AsyncGenerator<Buffer> {
  const messages = messagesOf(body, method, limits);
  for (;;) {
    let next: IteratorResult<Buffer>;
    try {
      next = await messages.next();
    } catch (error) {
      if (error instanceof StatusError) return;
      throw error;
    }
    if (next.done === true) return;
    yield next.value;
  }
}

function encode(method: MethodInfo, text: string): Buffer {
  return method.request.encode(fromJson(method.request, text));
}
