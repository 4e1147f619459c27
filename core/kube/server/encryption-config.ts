/** --encryption-provider-config: an EncryptionConfiguration as YAML, checked as kube-apiserver checks it. */
import { parse } from "yaml";
import { type Cipher, type Provider, type Transformer, transformerOf } from "./encryption.ts";
import { isMap, type JsonMap } from "./kube-object.ts";
import { type ServedType, typeName } from "./served-type.ts";

export class EncryptionConfigError extends Error {
  override readonly name = "EncryptionConfigError";
  readonly code = "kube.encryption-config";
}

const SIZES: Readonly<Record<Cipher, readonly number[]>> = { aescbc: [16, 24, 32], aesgcm: [16, 24, 32], secretbox: [32] };

/** Which transformer the objects of a type go through. */
export type TransformerFor = (type: Pick<ServedType, "group" | "plural">) => Transformer;

export const noEncryption: TransformerFor = () => transformerOf([]);

/** @throws EncryptionConfigError */
export function parseEncryptionConfig(text: string): TransformerFor {
  const fail = (why: string): never => {
    throw new EncryptionConfigError(`error while parsing file: ${why}`);
  };
  let config: unknown;
  try {
    config = parse(text);
  } catch (error) {
    throw new EncryptionConfigError(`error decoding encryption provider configuration: ${(error as Error).message}`, { cause: error });
  }
  if (!isMap(config) || config["kind"] !== "EncryptionConfiguration" || config["apiVersion"] !== "apiserver.config.k8s.io/v1") {
    return fail('no kind "EncryptionConfiguration" of apiVersion "apiserver.config.k8s.io/v1"');
  }
  const resources = Array.isArray(config["resources"]) ? (config["resources"] as JsonMap[]) : [];
  if (resources.length === 0) fail("resources: Required value: at least one resource is required");
  const rules = resources.map((rule) => {
    const names = Array.isArray(rule["resources"]) ? (rule["resources"] as unknown[]).map(String) : [];
    const providers = Array.isArray(rule["providers"]) ? (rule["providers"] as JsonMap[]) : [];
    if (names.length === 0) fail("resources[0].resources: Required value: at least one resource is required");
    if (providers.length === 0) fail("resources[0].providers: Required value: at least one provider is required");
    return { names, transformer: transformerOf(providers.map((provider) => providerOf(provider, fail))) };
  });
  const none = transformerOf([]);
  return (type) => {
    const full = typeName(type);
    return rules.find(({ names }) => names.some((name) => name === full || name === "*.*" || name === `*.${type.group}` || (name === "*." && type.group === "")))?.transformer ?? none;
  };
}

function providerOf(provider: JsonMap, fail: (why: string) => never): Provider {
  const names = Object.keys(provider);
  if (names.length !== 1) return fail("provider: Invalid value: more than one provider specified in a single element, should split into different list elements");
  const [name] = names as [string];
  if (name === "identity") return { cipher: "identity" };
  if (name === "kms") return fail("kms: this server has no KMS providers; aescbc, aesgcm, secretbox and identity are there");
  if (!(name in SIZES)) return fail(`provider: unknown field "${name}"`);
  const cipher = name as Cipher;
  const body = provider[name];
  const keys = isMap(body) && Array.isArray(body["keys"]) ? (body["keys"] as JsonMap[]) : [];
  if (keys.length === 0) return fail(`${cipher}.keys: Required value: at least one key is required`);
  return {
    cipher,
    keys: keys.map((key) => {
      const keyName = String(key["name"] ?? "");
      if (keyName === "") return fail("keys[0].name: Required value: name is required");
      if (keyName.includes(":")) return fail(`keys[0].name: Invalid value: "${keyName}": must not contain :`);
      const secret = Buffer.from(String(key["secret"] ?? ""), "base64");
      if (secret.length === 0) return fail("keys[0].secret: Required value: secret is required");
      if (!SIZES[cipher].includes(secret.length)) return fail(`keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got ${secret.length}, expected one of [${SIZES[cipher].join(" ")}]`);
      return { name: keyName, secret };
    }),
  };
}
