/** Checks of what the Snapshots, Member and Watchers views ask for, and of faults that are done to files. */
import type { DataDirCommands } from "./data-dir.ts";
import type { FileFaultCommands } from "./file-faults.ts";
import type { MemberPageCommands } from "./member-page.ts";
import { anyText, bad, base64, type Check, host, id, integer, key, KEY_CHARS_MAX, list, oneOf, onHost, record, text, truth } from "./shapes.ts";
import type { SnapshotCommands, SnapshotSide } from "./snapshots.ts";
import type { WatchingCommands } from "./watching.ts";

type ViewCommands = SnapshotCommands & DataDirCommands & MemberPageCommands & WatchingCommands & FileFaultCommands;
type Args<K extends keyof ViewCommands> = ViewCommands[K]["args"];

const PATH_CHARS_MAX = 4096;
/** rows of one answer */
const LIMIT_MAX = 1000;
const position = integer(0, Number.MAX_SAFE_INTEGER);
const limit = integer(1, LIMIT_MAX);
const leaseId = text(/^[0-9a-f]{1,16}$/, "a lease in hex");
const hostOrNone: Check<string> = (value, name) => (value === "" ? "" : host(value, name));

const absolute: Check<string> = (value, name) => {
  const path = anyText(PATH_CHARS_MAX)(value, name);
  return path.startsWith("/") && !path.includes("\0") ? path : bad(`${name}: wanted an absolute path`);
};
/** Below a data-dir: no way up, no root. */
const below: Check<string> = (value, name) => {
  const path = anyText(PATH_CHARS_MAX)(value, name);
  const parts = path.split("/");
  return parts.every((part) => part !== "" && part !== "." && part !== "..") && !path.includes("\0") ? path : bad(`${name}: wanted a path below the data-dir`);
};

const onFile = record<SnapshotSide>({ host, path: absolute });
const side: Check<SnapshotSide> = (value) => {
  const one = record<SnapshotSide>({ host: hostOrNone, path: (path, name) => (path === "" ? "" : absolute(path, name)) })(value);
  return (one.host === "") === (one.path === "") ? one : bad("path: a file has a host and a path");
};
const file = { host, file: below };

export const viewChecks: { readonly [K in keyof ViewCommands]: (args: unknown) => Args<K> } = {
  "snapshots.list": record<Record<string, never>>({}),
  "snapshots.inspect": onFile,
  "snapshots.save": onFile,
  "snapshots.restore": onFile,
  "snapshots.diff": record<Args<"snapshots.diff">>({ from: side, to: side }),
  "snapshots.rows": record<Args<"snapshots.rows">>({ id, kinds: list(oneOf("added", "changed", "removed"), 3), from: position, limit }),
  "snapshots.values": record<Args<"snapshots.values">>({ id, key }),
  "disk.files": onHost,
  "disk.wal": record<Args<"disk.wal">>({ ...file, from: position, limit }),
  "disk.snap": record<Args<"disk.snap">>(file),
  "disk.database": record<Args<"disk.database">>(file),
  "disk.pages": record<Args<"disk.pages">>({ ...file, from: position, limit }),
  "disk.page": record<Args<"disk.page">>({ ...file, page: position }),
  "disk.pairs": record<Args<"disk.pairs">>({ ...file, bucket: anyText(256), after: base64(KEY_CHARS_MAX, true), limit }),
  "member.configuration": onHost,
  "member.samples": onHost,
  "member.log": record<Args<"member.log">>({ host, limit: integer(1, 4000) }),
  "view.look": record<Args<"view.look">>({ viewer: id, topic: oneOf("watching", "snapshots", "journal"), host: hostOrNone, on: truth }),
  "fault.flip": record<Args<"fault.flip">>({ ...file, region: oneOf("start", "middle", "end", "offset"), offset: position, bit: integer(0, 7) }),
  "fault.file": record<Args<"fault.file">>({ host, kind: oneOf("torn-write", "data-deleted", "certificate-expired") }),
  "lease.revoke": record<Args<"lease.revoke">>({ lease: leaseId }),
};
