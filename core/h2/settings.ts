/** SETTINGS (RFC 9113 6.5): what each side tells the other, and what is not a setting's value. */
import { TABLE_BYTES_DEFAULT } from "./hpack-table.ts";
import { ConnectionFault, ErrorCode, FRAME_BYTES_MAX, WINDOW_DEFAULT, WINDOW_MAX } from "./protocol.ts";

export const Setting = { HeaderTableSize: 1, EnablePush: 2, MaxConcurrentStreams: 3, InitialWindowSize: 4, MaxFrameSize: 5, MaxHeaderListSize: 6 } as const;

/** The other side's settings, as they hold from the start. */
export class PeerSettings {
  headerTableSize = TABLE_BYTES_DEFAULT;
  maxConcurrentStreams = 4294967295;
  initialWindowSize = WINDOW_DEFAULT;
  maxFrameSize = FRAME_BYTES_MAX;
  maxHeaderListSize = 4294967295;

  /** @throws ConnectionFault for a value that is not allowed. Settings not known are ignored. */
  apply(id: number, value: number, fromServer: boolean): void {
    switch (id) {
      case Setting.HeaderTableSize:
        this.headerTableSize = value;
        break;
      case Setting.EnablePush:
        if (value > 1 || (fromServer && value !== 0)) throw new ConnectionFault(ErrorCode.ProtocolError, "invalid SETTINGS_ENABLE_PUSH");
        break;
      case Setting.MaxConcurrentStreams:
        this.maxConcurrentStreams = value;
        break;
      case Setting.InitialWindowSize:
        if (value > WINDOW_MAX) throw new ConnectionFault(ErrorCode.FlowControlError, "invalid SETTINGS_INITIAL_WINDOW_SIZE");
        this.initialWindowSize = value;
        break;
      case Setting.MaxFrameSize:
        if (value < FRAME_BYTES_MAX || value > 0xffffff) throw new ConnectionFault(ErrorCode.ProtocolError, "invalid SETTINGS_MAX_FRAME_SIZE");
        this.maxFrameSize = value;
        break;
      case Setting.MaxHeaderListSize:
        this.maxHeaderListSize = value;
        break;
    }
  }
}
