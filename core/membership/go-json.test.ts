import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GoJsonError, goJsonProperty, parseGoJson, stringifyGoJson, type GoJson, type GoJsonObject } from "./go-json.ts";

const uint64Max = 18446744073709551615n;

describe("Go's JSON", () => {
  it("keeps a uint64 exact", () => {
    expect(parseGoJson(`{"id":${uint64Max}}`)).toEqual({ id: uint64Max });
    expect(stringifyGoJson({ id: uint64Max })).toBe('{"id":18446744073709551615}');
    expect(parseGoJson("[-1, 10276657743932975437, 1.5, 1e3]")).toEqual([-1n, 10276657743932975437n, 1.5, 1000]);
  });

  it("escapes what encoding/json escapes", () => {
    const text = 'a<b>&"\\/\u2028\u2029\n\r\t\b\f\u0001\u007fé😀';
    expect(stringifyGoJson(text)).toBe('"a\\u003cb\\u003e\\u0026\\"\\\\/\\u2028\\u2029\\n\\r\\t\\b\\f\\u0001\u007fé😀"');
    expect(parseGoJson(stringifyGoJson(text))).toBe(text);
  });

  it("replaces half a surrogate pair", () => {
    expect(stringifyGoJson("\ud800x")).toBe('"\ufffdx"');
    expect(parseGoJson('"\\ud800x"')).toBe("\ufffdx");
  });

  it("finds a property whatever its case, the exact one first", () => {
    const object = parseGoJson('{"ID":1,"id":2}') as GoJsonObject;
    expect([goJsonProperty(object, "id"), goJsonProperty(object, "Id"), goJsonProperty(object, "name")]).toEqual([2n, 1n, undefined]);
  });

  it("takes __proto__ for a name like any other", () => {
    const object = parseGoJson('{"__proto__":1}') as GoJsonObject;
    expect(Object.keys(object)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
  });

  it.each(["", "{", "[1,]", '{"a" 1}', '{"a":1,}', "01", "+1", "nul", '"a', '"\n"', '"\\x"', "1 2", "[1", "{1:2}"])("refuses %j", (text) => {
    expect(() => parseGoJson(text)).toThrow(GoJsonError);
  });

  it("refuses what is nested too deep instead of running out of stack", () => {
    expect(() => parseGoJson("[".repeat(20_000))).toThrow("exceeded max depth");
  });

  it("agrees with JSON.parse where that is exact", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(plain(parseGoJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("reads back what it writes", () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.constant(null),
        fc.boolean(),
        fc.string(),
        fc.bigInt({ min: -uint64Max, max: uint64Max }),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie("value"), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, (json) => {
        expect(parseGoJson(stringifyGoJson(json as GoJson))).toEqual(json);
      }),
    );
  });
});

/** Integers as numbers, as JSON.parse has them. */
function plain(value: GoJson | undefined): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return (value as readonly GoJson[]).map(plain);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
  return value;
}
