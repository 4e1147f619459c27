import { Code, StatusError } from "../proto/errors.ts";

/** No answer, because the connection failed. `sent` false: the server cannot have seen the call, so it may be repeated. */
export class ConnectionError extends StatusError {
  override readonly name = "ConnectionError";
  constructor(
    message: string,
    readonly sent: boolean,
    options?: ErrorOptions,
  ) {
    super(Code.Unavailable, message, options);
  }
}
