/** HPACK's tables (RFC 7541 2.3): the static one of appendix A, and the dynamic one that both ends of a direction keep alike. */
import { Field } from "./header-field.ts";

const STATIC_TEXT = `:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`;

/** Index 1 of HPACK is element 0. */
export const STATIC_TABLE: readonly Field[] = STATIC_TEXT.split("\n").map((line) => {
  const space = line.indexOf(" ");
  return space < 0 ? new Field(line, "") : new Field(line.slice(0, space), line.slice(space + 1));
});
/** First index of the dynamic table. */
export const DYNAMIC_FIRST = STATIC_TABLE.length + 1;

/** The size that both ends start with, and the largest that we use. */
export const TABLE_BYTES_DEFAULT = 4096;
/** Entries are at least 32 bytes. */
const SLOTS = TABLE_BYTES_DEFAULT / 32;

/** A ring of at most 128 entries and 4096 bytes, newest first. */
export class DynamicTable {
  private readonly slots: (Field | undefined)[] = [];
  /** entries ever added: the newest has this number less one */
  added = 0;
  count = 0;
  private bytes = 0;
  /** changes with everything that may give an index another meaning */
  generation = 0;

  /** @param onEvict told of each entry that leaves, with its number */
  constructor(
    private limitBytes = TABLE_BYTES_DEFAULT,
    private readonly onEvict?: (field: Field, number: number) => void,
  ) {}

  get limit(): number {
    return this.limitBytes;
  }

  /** @param index 0 = the newest; undefined where there is none */
  at(index: number): Field | undefined {
    return index < this.count ? this.slots[(this.added - 1 - index) % SLOTS] : undefined;
  }

  /** Adds an entry; one larger than the table empties it (4.4). */
  add(field: Field): void {
    this.generation++;
    this.evictTo(this.limitBytes - field.size);
    if (field.size > this.limitBytes) return;
    this.slots[this.added % SLOTS] = field;
    this.added++;
    this.count++;
    this.bytes += field.size;
  }

  /** @param limit at most TABLE_BYTES_DEFAULT */
  resize(limit: number): void {
    this.generation++;
    this.limitBytes = limit;
    this.evictTo(limit);
  }

  private evictTo(bytes: number): void {
    while (this.count > 0 && this.bytes > bytes) {
      const number = this.added - this.count;
      const field = this.slots[number % SLOTS]!;
      this.slots[number % SLOTS] = undefined;
      this.bytes -= field.size;
      this.count--;
      this.onEvict?.(field, number);
    }
  }
}
