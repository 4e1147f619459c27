import { describe, expect, it } from "vitest";
import type { Cipher } from "./encryption.ts";
import { EncryptionConfigError, parseEncryptionConfig } from "./encryption-config.ts";

const secret = Buffer.alloc(32, 7).toString("base64");
const secrets = { group: "", plural: "secrets" };
const config = (...providers: string[]): string => `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
${providers.map((provider) => `      - ${provider}`).join("\n")}
`;
const withKey = (cipher: Cipher, name = "key1"): string => `${cipher}: {keys: [{name: ${name}, secret: ${secret}}]}`;
const storageKey = "/registry/secrets/default/a";

describe("encryption at rest", () => {
  it.each(["aescbc", "aesgcm", "secretbox"] as const)("%s: a value carries its provider and key name, and opens again", (cipher) => {
    const transformer = parseEncryptionConfig(config(withKey(cipher), "identity: {}"))(secrets);
    const sealed = transformer.seal(Buffer.from("top secret"), storageKey);
    expect(sealed.toString("latin1")).toMatch(new RegExp(`^k8s:enc:${cipher}:v1:key1:`));
    expect(transformer.open(sealed, storageKey).toString()).toBe("top secret");
    expect(transformer.open(Buffer.from("plain"), storageKey).toString()).toBe("plain");
  });

  it("binds a value to its key where the cipher can", () => {
    const transformer = parseEncryptionConfig(config(withKey("aesgcm")))(secrets);
    const sealed = transformer.seal(Buffer.from("top secret"), storageKey);
    expect(() => transformer.open(sealed, `${storageKey}b`)).toThrow("cipher: message authentication failed");
  });

  it("identity in front writes plain and still reads what was sealed", () => {
    const sealed = parseEncryptionConfig(config(withKey("aescbc")))(secrets).seal(Buffer.from("x"), storageKey);
    const turned = parseEncryptionConfig(config("identity: {}", withKey("aescbc")))(secrets);
    expect(turned.seal(Buffer.from("x"), storageKey).toString()).toBe("x");
    expect(turned.open(sealed, storageKey).toString()).toBe("x");
  });

  it("without the key nothing is read", () => {
    const sealed = parseEncryptionConfig(config(withKey("aescbc", "old")))(secrets).seal(Buffer.from("x"), storageKey);
    expect(() => parseEncryptionConfig(config(withKey("aescbc", "new")))(secrets).open(sealed, storageKey)).toThrow("no matching prefix found");
    const plain = parseEncryptionConfig(config(withKey("aescbc")))({ group: "", plural: "configmaps" });
    expect(() => plain.open(sealed, storageKey)).toThrow("identity transformer tried to read encrypted data");
  });

  it("refuses a configuration that is none", () => {
    expect(() => parseEncryptionConfig("kind: Pod")).toThrow(EncryptionConfigError);
    expect(() => parseEncryptionConfig(config("aescbc: {keys: [{name: a, secret: c2hvcnQ=}]}"))).toThrow("secret is not of the expected length, got 5");
    expect(() => parseEncryptionConfig(config("rot13: {}"))).toThrow("rot13");
  });
});
