/**
 * A member of the cluster, and its JSON forms: in bucket `members`, in the context of a conf change, and split in two in
 * the v2 store (etcd server/etcdserver/api/membership/member.go). Field order and omissions are Go's, byte for byte.
 */
import { GoJsonError, goJsonProperty, isGoJsonObject, parseGoJson, stringifyGoJson, type GoJson, type GoJsonObject } from "./go-json.ts";

export interface RaftAttributes {
  readonly peerUrls: readonly string[];
  readonly isLearner: boolean;
}

export interface Attributes {
  /** "" until the member has started and published itself */
  readonly name: string;
  readonly clientUrls: readonly string[];
}

export interface Member extends RaftAttributes, Attributes {
  readonly id: bigint;
}

/** What a conf change carries. */
export interface ConfChangeContext {
  readonly member: Member;
  readonly isPromote: boolean;
}

/** An id as etcd prints it: hex without padding. */
export function formatId(id: bigint): string {
  return id.toString(16);
}

/** A member as Go's %+v prints it, in logs and errors. */
export function formatMember({ id, peerUrls, isLearner, name, clientUrls }: Member): string {
  const attributes = `Attributes:{Name:${name} ClientURLs:[${clientUrls.join(" ")}]}`;
  return `{ID:${formatId(id)} RaftAttributes:{PeerURLs:[${peerUrls.join(" ")}] IsLearner:${isLearner}} ${attributes}}`;
}

/** @throws SyntaxError */
export function parseId(text: string): bigint {
  if (!/^[0-9a-fA-F]{1,16}$/.test(text)) throw new SyntaxError(`membership: no member ID: ${JSON.stringify(text)}`);
  return BigInt(`0x${text}`);
}

/** Started once: only then it has a name. */
export function isStarted(member: Member): boolean {
  return member.name !== "";
}

export function encodeMember(member: Member): Buffer {
  return Buffer.from(stringifyGoJson({ id: member.id, ...raftAttributes(member), ...attributes(member) }));
}

/** @throws GoJsonError */
export function decodeMember(json: Buffer | string): Member {
  return readMember(parseObject(json));
}

/** The context that promotes a learner: nothing but the id. */
export function encodePromotion(id: bigint): Buffer {
  return Buffer.from(stringifyGoJson({ id, peerURLs: null, isPromote: true }));
}

/** @throws GoJsonError */
export function decodeContext(json: Buffer): ConfChangeContext {
  const object = parseObject(json);
  return { member: readMember(object), isPromote: goJsonProperty(object, "isPromote") === true };
}

export function encodeRaftAttributes(member: RaftAttributes): string {
  return stringifyGoJson(raftAttributes(member));
}

/** @throws GoJsonError */
export function decodeRaftAttributes(json: string): RaftAttributes {
  return readRaftAttributes(parseObject(json));
}

export function encodeAttributes(member: Attributes): string {
  return stringifyGoJson(attributes(member));
}

/** @throws GoJsonError */
export function decodeAttributes(json: string): Attributes {
  return readAttributes(parseObject(json));
}

/** Properties that are undefined are left out. */
function raftAttributes(member: RaftAttributes): GoJsonObject {
  return { peerURLs: member.peerUrls.length > 0 ? member.peerUrls : null, isLearner: member.isLearner ? true : undefined };
}

function attributes(member: Attributes): GoJsonObject {
  return { name: member.name === "" ? undefined : member.name, clientURLs: member.clientUrls.length > 0 ? member.clientUrls : undefined };
}

function readMember(object: GoJsonObject): Member {
  const id = goJsonProperty(object, "id");
  if (id !== undefined && typeof id !== "bigint") throw new GoJsonError("a member's id is no integer", 0);
  return { id: id ?? 0n, ...readRaftAttributes(object), ...readAttributes(object) };
}

function readRaftAttributes(object: GoJsonObject): RaftAttributes {
  return { peerUrls: strings(goJsonProperty(object, "peerURLs")), isLearner: goJsonProperty(object, "isLearner") === true };
}

function readAttributes(object: GoJsonObject): Attributes {
  const name = goJsonProperty(object, "name");
  return { name: typeof name === "string" ? name : "", clientUrls: strings(goJsonProperty(object, "clientURLs")) };
}

function strings(value: GoJson | undefined): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new GoJsonError("a list of URLs is no array", 0);
  return (value as readonly GoJson[]).map((item) => {
    if (typeof item !== "string") throw new GoJsonError("a URL is no string", 0);
    return item;
  });
}

function parseObject(json: Buffer | string): GoJsonObject {
  const value = parseGoJson(json.toString());
  if (!isGoJsonObject(value)) throw new GoJsonError("not an object", 0);
  return value;
}
