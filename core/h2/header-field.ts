/** Header fields as HPACK gives them, with what RFC 9113 8.2 has against a name or value found once, when it is read. */

export class Field {
  /** why a message with this field is malformed; undefined: it is not */
  readonly flaw: string | undefined;

  /** @param value Latin-1, as the bytes on the wire */
  constructor(
    readonly name: string,
    readonly value: string,
  ) {
    this.flaw = flawOf(name, value);
  }

  /** RFC 7541 4.1 */
  get size(): number {
    return this.name.length + this.value.length + 32;
  }
}

const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
 
const BAD_VALUE = /[\0\r\n]|^[ \t]|[ \t]$/;
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set(["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"]);

function flawOf(name: string, value: string): string | undefined {
  if (!NAME.test(name)) return `invalid header field name ${JSON.stringify(name)}`;
  if (BAD_VALUE.test(value)) return `invalid header field value for ${JSON.stringify(name)}`;
  if (CONNECTION_SPECIFIC.has(name)) return `connection-specific header field ${JSON.stringify(name)}`;
  if (name === "te" && value !== "trailers") return "header field te may only be trailers";
  return undefined;
}

/** One header block. Lists of blocks that came before are shared: treat them as read-only. */
export class HeaderList {
  readonly fields: Field[] = [];
  /** the first flaw of its fields */
  flaw: string | undefined;
  /** it was longer than the limit; fields past it are left out */
  truncated = false;
  /** what its reader made of it, kept so that a repeated block is read once */
  memo: unknown;

  get(name: string): string | undefined {
    for (const field of this.fields) if (field.name === name) return field.value;
    return undefined;
  }
}
