import { describe, expect, it } from "vitest";
import { JsonCutter, parseJson } from "./exact-json.ts";
import * as pb from "./gen/etcdserverpb.ts";
import { fromJson, toJson } from "./json.ts";

describe("messages as JSON", () => {
  it("has proto names, 64-bit integers as strings, bytes as base64, enums by name, and leaves zeros out", () => {
    const response = pb.RangeResponse.create({
      header: { clusterId: 18446744073709551615n, memberId: 0n, revision: 7, raftTerm: 2 },
      kvs: [{ key: Buffer.from("a"), createRevision: 1, modRevision: 2, version: 3, value: Buffer.alloc(0), lease: -1n }],
      count: 1,
    });
    expect(toJson(pb.RangeResponse, response)).toBe(
      '{"header":{"cluster_id":"18446744073709551615","revision":"7","raft_term":"2"},' +
        '"kvs":[{"key":"YQ==","create_revision":"1","mod_revision":"2","version":"3","lease":"-1"}],"count":"1"}',
    );
    expect(toJson(pb.AlarmMember, { memberID: 1n, alarm: 1 })).toBe('{"memberID":"1","alarm":"NOSPACE"}');
    expect(toJson(pb.AlarmMember, { memberID: 1n, alarm: 9 })).toBe('{"memberID":"1","alarm":9}');
    expect(toJson(pb.HashResponse, pb.HashResponse.create({ hash: 4294967295 }))).toBe('{"hash":4294967295}');
  });

  it("tells members of a oneof even when they are zero", () => {
    expect(toJson(pb.Compare, pb.Compare.create({ key: Buffer.from("k"), version: 0 }))).toBe('{"key":"aw==","version":"0"}');
    expect(toJson(pb.WatchRequest, pb.WatchRequest.create({ progressRequest: {} }))).toBe('{"progress_request":{}}');
  });

  it("is read with either spelling, strings or numbers, names or numbers of enums, and unknown fields", () => {
    const expected = pb.RangeRequest.create({ key: Buffer.from([0xff]), rangeEnd: Buffer.from("b"), limit: 1000, sortOrder: 2, sortTarget: 3, keysOnly: true });
    for (const text of [
      '{"key":"/w==","range_end":"Yg==","limit":"1000","sort_order":"DESCEND","sort_target":"MOD","keys_only":true}',
      '{"key":"_w","rangeEnd":"Yg","limit":1e3,"sortOrder":2,"sortTarget":3,"keysOnly":true,"later":{"x":[1,null]},"serializable":null}',
    ])
      expect(fromJson(pb.RangeRequest, text)).toEqual(expected);
  });

  it("keeps integers beyond 2^53 exact", () => {
    expect(fromJson(pb.LeaseRevokeRequest, '{"ID":9223372036854775807}').ID).toBe(9223372036854775807n);
    expect(fromJson(pb.LeaseRevokeRequest, '{"ID":"-9223372036854775808"}').ID).toBe(-9223372036854775808n);
    expect(fromJson(pb.MemberRemoveRequest, '{"ID":18446744073709551615}').ID).toBe(18446744073709551615n);
  });

  it.each([
    ['{"key":1}', "proto: (line 1:8): invalid value for bytes field key: 1"],
    ['{"key":"?"}', 'proto: (line 1:8): invalid value for bytes field key: "?"'],
    ['{"limit":"x"}', 'proto: (line 1:10): invalid value for int64 field limit: "x"'],
    ['{"limit":1.5}', "proto: (line 1:10): invalid value for int64 field limit: 1.5"],
    ['{"limit":9223372036854775808}', "proto: (line 1:10): invalid value for int64 field limit: 9223372036854775808"],
    ['{"keys_only":1}', "proto: (line 1:14): invalid value for bool field keysOnly: 1"],
    ['{"sort_order":true}', "proto: (line 1:15): invalid value for enum field sortOrder: true"],
    ['{\n "limit":1,\n "limit":2}', 'proto: (line 3:2): duplicate field "limit"'],
    ["[]", "proto: syntax error (line 1:1): unexpected token ["],
  ])("refuses %s", (text, message) => {
    expect(() => fromJson(pb.RangeRequest, text)).toThrow(message);
  });

  it("leaves out names of enums that nobody knows, and bounds numbers that only mean more than there is", () => {
    expect(fromJson(pb.RangeRequest, '{"sort_order":"UP","limit":"9223372036854775807","revision":"-9223372036854775808"}')).toEqual(
      pb.RangeRequest.create({ limit: Number.MAX_SAFE_INTEGER, revision: -Number.MAX_SAFE_INTEGER }),
    );
  });

  it("refuses two members of a oneof", () => {
    expect(() => fromJson(pb.Compare, '{"version":"1","mod_revision":"1"}')).toThrow(/oneof etcdserverpb.Compare.target_union is already set/);
  });
});

describe("JSON text", () => {
  it.each(["", "{", '{"a"}', '{"a":1,}', "[1 2]", "tru", '"\n"', "01", "{} {}", "nul", '{"a":}'])("refuses %j", (text) => {
    expect(() => parseJson(text)).toThrow();
  });

  it("refuses nesting without end instead of exhausting the stack", () => {
    expect(() => parseJson("[".repeat(100_000))).toThrow(/recursion/);
  });

  it("is cut into its values, whatever the chunks", () => {
    const text = '{"a":"}{"} \n{"b":[{"c":"\\"}"}]}{}-1.5e3 true"x" 17';
    for (let size = 1; size <= text.length; size++) {
      const cutter = new JsonCutter(100);
      const values: string[] = [];
      for (let at = 0; at < text.length; at += size) values.push(...cutter.push(text.slice(at, at + size)));
      values.push(cutter.end()!);
      expect(values.map((value) => JSON.parse(value) as unknown)).toEqual([{ a: "}{" }, { b: [{ c: '"}' }] }, {}, -1.5e3, true, "x", 17]);
      expect(cutter.end()).toBeUndefined();
    }
  });

  it("a value without end is not kept without end", () => {
    const cutter = new JsonCutter(100);
    expect(() => [...cutter.push(`{"a":"${"x".repeat(200)}`)]).toThrow(RangeError);
  });

  it.each([
    ["{", "unexpected EOF"],
    ["tru", "unexpected EOF"],
    ["-", "unexpected EOF"],
    ["x", "invalid character 'x' looking for beginning of value"],
    ['{"key":}', "invalid character '}' looking for beginning of value"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" "b"}', "invalid character '\"' after object key"],
    ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
    ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair"],
    ["[1 2]", "invalid character '2' after array element"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12"', "invalid character '\"' in \\u hexadecimal character escape"],
    ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
    ["[-]", "invalid character ']' in numeric literal"],
    ["[01]", "invalid character '1' after array element"],
    ["[1.]", "invalid character ']' after decimal point in numeric literal"],
    ["[1e]", "invalid character ']' in exponent of numeric literal"],
    ["\ufeff{}", "invalid character 'ï' looking for beginning of value"],
    ["\u0001", "invalid character '\\x01' looking for beginning of value"],
    ["[".repeat(1000), "exceeded max depth"],
  ])("that is none is refused in the words of Go: %j", (text, message) => {
    const read = (): void => {
      const cutter = new JsonCutter(10_000);
      void [...cutter.push(text)];
      cutter.end();
    };
    expect(read).toThrow(message);
  });
});
