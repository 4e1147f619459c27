import { describe, expect, it } from "vitest";
import { computeClusterId, computeMemberId } from "./ids.ts";
import { InitialClusterError, bootstrapMembers, parseInitialCluster, parseUrls } from "./initial-cluster.ts";
import { GoJsonError } from "./go-json.ts";
import { decodeContext, decodeMember, encodeMember, encodePromotion, formatId, parseId } from "./member.ts";

describe("member record", () => {
  it("is Go's JSON: full ids, HTML escaped, empty fields left out", () => {
    const member = { id: 17n << 59n, peerUrls: ["http://a:2380?x&y"], isLearner: true, name: "<m1>", clientUrls: ["http://a:2379"] };
    const json = encodeMember(member).toString();
    expect(json).toBe(
      '{"id":9799832789158199296,"peerURLs":["http://a:2380?x\\u0026y"],"isLearner":true,"name":"\\u003cm1\\u003e","clientURLs":["http://a:2379"]}',
    );
    expect(decodeMember(json)).toEqual(member);
    const bare = { id: 1n, peerUrls: ["http://a:1"], isLearner: false, name: "", clientUrls: [] };
    expect(encodeMember(bare).toString()).toBe('{"id":1,"peerURLs":["http://a:1"]}');
    expect(decodeMember(encodeMember(bare))).toEqual(bare);
  });

  it("promotes with nothing but the id", () => {
    expect(encodePromotion(255n).toString()).toBe('{"id":255,"peerURLs":null,"isPromote":true}');
    expect(decodeContext(encodePromotion(255n))).toMatchObject({ isPromote: true, member: { id: 255n, peerUrls: [] } });
    expect(decodeContext(Buffer.from('{"id":1,"peerURLs":["http://a:1"]}')).isPromote).toBe(false);
  });

  it.each(["[]", '{"id":"1"}', '{"id":1,"peerURLs":"x"}', '{"id":1,"peerURLs":[1]}', "{"])("refuses %s", (json) => {
    expect(() => decodeMember(json)).toThrow(GoJsonError);
  });

  it("prints ids in hex without padding", () => {
    expect([formatId(0xabcn), parseId("abc"), parseId("ffffffffffffffff")]).toEqual(["abc", 0xabcn, 0xffffffffffffffffn]);
    for (const text of ["", "xyz", "0x1", "10000000000000000"]) expect(() => parseId(text)).toThrow(SyntaxError);
  });
});

describe("ids", () => {
  // values of etcd's own member_test.go; test/peers asks a running etcd
  it.each([
    [["http://10.0.0.8:2379"], "", undefined, 14544069596553697298n],
    [["http://10.0.0.8:2379"], "", Date.parse("1984-12-23T15:04:05Z") / 1000, 2448790162483548276n],
    [["http://10.0.0.8:2379"], "etcd", Date.parse("1984-12-23T15:04:05Z") / 1000, 6973882743191604649n],
    [["http://10.0.0.2:2379", "http://10.0.0.1:2379"], "", undefined, 16552244735972308939n],
  ])("of %j with token %j at %s are those of etcd", (urls, token, seconds, id) => {
    expect(computeMemberId(urls, token, seconds)).toBe(id);
  });

  it("do not depend on the order of URLs and members, but on token and time", () => {
    const id = computeMemberId(["http://a:1", "http://b:1"], "t");
    expect(computeMemberId(["http://b:1", "http://a:1"], "t")).toBe(id);
    expect(computeMemberId(["http://a:1", "http://b:1"], "u")).not.toBe(id);
    expect(computeMemberId(["http://a:1", "http://b:1"], "t", 1)).not.toBe(id);
    expect(computeClusterId([2n, 1n])).toBe(computeClusterId([1n, 2n]));
  });
});

describe("initial cluster", () => {
  it("collects the URLs of each name, sorted", () => {
    expect([...parseInitialCluster("m1=http://b:1,m2=https://c:2,m1=http://a:1,")]).toEqual([
      ["m1", ["http://a:1", "http://b:1"]],
      ["m2", ["https://c:2"]],
    ]);
    const members = bootstrapMembers(parseInitialCluster("m1=http://a:1,m2=http://b:1"), "t");
    expect(members.map((member) => member.name).sort()).toEqual(["m1", "m2"]);
    expect(members[0]!.id).toBeLessThan(members[1]!.id);
    expect(() => bootstrapMembers(new Map([["x", ["http://a:1"]], ["y", ["http://a:1"]]]), "t")).toThrow("member exists with identical ID");
  });

  it.each([
    ["m1", "URL scheme must be http, https, unix, or unixs: "],
    ["m1=ftp://a:1", "URL scheme must be http, https, unix, or unixs: ftp://a:1"],
    ["m1=http://a", 'URL address does not have the form "host:port": http://a'],
    ["m1=http://a:1/", "URL must not contain a path: http://a:1/"],
  ])("refuses %s", (text, reason) => {
    expect(() => parseInitialCluster(text)).toThrow(new InitialClusterError(reason));
  });

  it("takes sockets and IPv6, and no empty list", () => {
    expect(parseUrls([" unix://localhost:m1 ", "http://[::1]:2380"])).toEqual(["http://[::1]:2380", "unix://localhost:m1"]);
    expect(() => parseUrls([])).toThrow("no valid URLs given");
  });
});
