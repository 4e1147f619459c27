import { generateKeyPairSync, type KeyPairKeyObjectResult } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../mvcc/testing/manual-clock.ts";
import { seededRandom } from "../platform/random.ts";
import { tokensOf, TokenOptionsError } from "./token-options.ts";
import { SimpleTokens } from "./simple-tokens.ts";

const pem = ({ publicKey, privateKey }: KeyPairKeyObjectResult): { readonly publicKey: string; readonly privateKey: string } => ({
  publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
  privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
});
const rsa = pem(generateKeyPairSync("rsa", { modulusLength: 2048 }));
const otherRsa = pem(generateKeyPairSync("rsa", { modulusLength: 2048 }));
const ec = pem(generateKeyPairSync("ec", { namedCurve: "P-256" }));
const ed = pem(generateKeyPairSync("ed25519"));
const files: Readonly<Record<string, string>> = {
  "rsa.pub": rsa.publicKey,
  "rsa.key": rsa.privateKey,
  "other.pub": otherRsa.publicKey,
  "ec.pub": ec.publicKey,
  "ec.key": ec.privateKey,
  "ed.pub": ed.publicKey,
  "ed.key": ed.privateKey,
  secret: "a shared secret",
  garbage: "no key",
};

function make(text: string) {
  const clock = new ManualClock();
  const logged: string[] = [];
  const tokens = tokensOf(text, {
    clock,
    random: seededRandom(7),
    ttlSeconds: 10,
    readFile: (path) => {
      const contents = files[path];
      if (contents === undefined) throw new Error(`open ${path}: no such file or directory`);
      return Buffer.from(contents);
    },
    log: (_level, message) => logged.push(message),
  });
  return { tokens, clock, logged };
}

describe("simple tokens", () => {
  it("are sixteen letters and an index, known while they are used", async () => {
    const { tokens, clock } = make("simple");
    tokens.enable();
    const prefix = tokens.prefix();
    expect(prefix).toMatch(/^[A-Za-z]{16}$/);
    const token = tokens.assign("alice", 5, prefix, 42);
    expect([token, tokens.indexOf(token)]).toEqual([`${prefix}.42`, 42]);
    for (let times = 0; times < 4; times++) {
      await clock.advance(8000);
      expect(tokens.info(token, 6)).toEqual({ username: "alice", revision: 6 });
    }
    await clock.advance(10_001);
    expect(tokens.info(token, 6)).toBeUndefined();
  });

  it("end with their user's password, with auth, and are not made while it is off", () => {
    const { tokens } = make("simple");
    tokens.enable();
    const alice = tokens.assign("alice", 5, "a", 1);
    const bob = tokens.assign("bob", 5, "b", 2);
    tokens.invalidate("alice");
    expect([tokens.info(alice, 5), tokens.info(bob, 5)]).toEqual([undefined, { username: "bob", revision: 5 }]);
    tokens.disable();
    expect(tokens.info(bob, 5)).toBeUndefined();
    expect(tokens.info(tokens.assign("bob", 5, "c", 3), 5)).toBeUndefined();
  });

  it("that nobody uses leave memory", async () => {
    const clock = new ManualClock();
    const tokens = new SimpleTokens({ clock, random: seededRandom(1), ttlSeconds: 2 });
    tokens.enable();
    for (let index = 0; index < 100; index++) tokens.assign("u", 1, `p${index}`, index);
    await clock.advance(1000);
    expect(clock.pending).toBe(1);
    await clock.advance(3000);
    expect(clock.pending).toBe(0);
  });

  it.each(["", "abc", "a.b.1", "abc.", "abc.-1", "abc.1x", "abc.99999999999999999999"])("%j is none", (text) => {
    expect(make("simple").tokens.indexOf(text)).toBeUndefined();
  });
});

describe("JSON web tokens", () => {
  it.each([
    ["RS256", "rsa"],
    ["RS512", "rsa"],
    ["PS256", "rsa"],
    ["ES256", "ec"],
    ["EdDSA", "ed"],
  ])("of %s name user and revision, and end with their time", async (method, key) => {
    const { tokens, clock } = make(`jwt,pub-key=${key}.pub,priv-key=${key}.key,sign-method=${method},ttl=1h30m`);
    const token = tokens.assign("alice", 7, "", 0);
    const [head, claims] = token.split(".").map((part) => Buffer.from(part, "base64url").toString());
    expect(head).toBe(`{"alg":"${method}","typ":"JWT"}`);
    expect(claims).toBe(`{"exp":${Math.floor(clock.now() / 1000) + 5400},"revision":7,"username":"alice"}`);
    expect(tokens.info(token, 9)).toEqual({ username: "alice", revision: 7 });
    await clock.advance(5_401_000);
    expect(tokens.info(token, 9)).toBeUndefined();
  });

  it("of HS256 are signed with the contents of priv-key", () => {
    const { tokens } = make("jwt,priv-key=secret,sign-method=HS256");
    expect(tokens.info(tokens.assign("u", 2, "", 0), 2)).toEqual({ username: "u", revision: 2 });
  });

  it("that were changed, are of another key or method, or are none, are not taken", () => {
    const { tokens, logged } = make("jwt,pub-key=rsa.pub,priv-key=rsa.key,sign-method=RS256");
    const token = tokens.assign("u", 2, "", 0);
    const [head, , signature] = token.split(".");
    const forged = Buffer.from(JSON.stringify({ exp: 9e9, revision: 2, username: "root" })).toString("base64url");
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${forged}.`;
    const hmac = make("jwt,priv-key=rsa.pub,sign-method=HS256").tokens.assign("root", 2, "", 0);
    for (const bad of ["", "a.b", `${head}.${forged}.${signature}`, `${token}x`, unsigned, hmac, "%.%.%", `${head}.${Buffer.from("[1").toString("base64url")}.${signature}`]) {
      expect(tokens.info(bad, 2)).toBeUndefined();
    }
    expect(logged.filter((message) => message === "failed to parse a JWT token")).toHaveLength(8);
  });

  it("are not made with a public key alone, but known", () => {
    const token = make("jwt,pub-key=rsa.pub,priv-key=rsa.key,sign-method=RS256").tokens.assign("u", 2, "", 0);
    const { tokens } = make("jwt,pub-key=rsa.pub,sign-method=RS256");
    expect(tokens.info(token, 2)).toEqual({ username: "u", revision: 2 });
    expect(() => tokens.assign("u", 2, "", 0)).toThrow("auth: token signing attempted with verify-only key");
  });
});

describe("--auth-token", () => {
  it.each([
    ["bogus", "auth: invalid auth options"],
    ["simple,x", "auth: invalid auth options"],
    ["jwt,sign-method=RS256,sign-method=RS256", "auth: invalid auth options"],
    ["jwt,pub-key=rsa.pub", "auth: invalid auth options"],
    ["jwt,pub-key=rsa.pub,sign-method=XX", "auth: invalid auth options"],
    ["jwt,pub-key=missing,sign-method=RS256", "auth: invalid auth options"],
    ["jwt,pub-key=rsa.pub,sign-method=RS256,ttl=soon", "auth: invalid auth options"],
    ["jwt,sign-method=RS256", "auth: missing key data"],
    ["jwt,sign-method=HS256", "auth: missing key data"],
    ["jwt,pub-key=other.pub,priv-key=rsa.key,sign-method=RS256", "auth: public and private keys don't match"],
    ["jwt,pub-key=garbage,sign-method=RS256", "invalid key: Key must be a PEM encoded PKCS1 or PKCS8 key"],
    ["jwt,pub-key=ec.pub,sign-method=RS256", "key is not a valid RSA public key"],
  ])("%s is refused: %s", (text, message) => {
    expect(() => make(text)).toThrow(TokenOptionsError);
    expect(() => make(text)).toThrow(message);
  });

  it("that is empty gives tokens to nobody", () => {
    const { tokens } = make("");
    expect(() => tokens.assign("u", 1, "", 1)).toThrow("authentication failed");
    expect(tokens.info("x.1", 1)).toBeUndefined();
  });
});
