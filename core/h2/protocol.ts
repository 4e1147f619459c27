/** Numbers of HTTP/2 (RFC 9113): frame types, flags, error codes, settings, and the errors that carry them. */

/** What a client sends before its first frame (3.4). */
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const FRAME_HEADER_BYTES = 9;
/** Longest payload as long as nothing else was agreed; we never agree to more. */
export const FRAME_BYTES_MAX = 16384;
export const WINDOW_MAX = 2 ** 31 - 1;
/** A window before SETTINGS say otherwise, and a connection's first one. */
export const WINDOW_DEFAULT = 65535;
export const STREAM_ID_MAX = 2 ** 31 - 1;

export const Frame = {
  Data: 0,
  Headers: 1,
  Priority: 2,
  RstStream: 3,
  Settings: 4,
  PushPromise: 5,
  Ping: 6,
  Goaway: 7,
  WindowUpdate: 8,
  Continuation: 9,
} as const;

export const Flag = { EndStream: 1, Ack: 1, EndHeaders: 4, Padded: 8, Priority: 32 } as const;

export const ErrorCode = {
  NoError: 0,
  ProtocolError: 1,
  InternalError: 2,
  FlowControlError: 3,
  SettingsTimeout: 4,
  StreamClosed: 5,
  FrameSizeError: 6,
  RefusedStream: 7,
  Cancel: 8,
  CompressionError: 9,
  ConnectError: 10,
  EnhanceYourCalm: 11,
  InadequateSecurity: 12,
  Http11Required: 13,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

const ERROR_NAMES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

/** "PROTOCOL_ERROR"; a code that RFC 9113 does not know is told as its number */
export function errorName(code: number): string {
  return ERROR_NAMES[code] ?? String(code);
}

/** The connection cannot go on (RFC 9113 5.4.1): GOAWAY with `code`, then its end. */
export class ConnectionFault extends Error {
  override readonly name = "ConnectionFault";
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** One stream cannot go on (5.4.2): RST_STREAM with `code`. */
export class StreamFault extends Error {
  override readonly name = "StreamFault";
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}
