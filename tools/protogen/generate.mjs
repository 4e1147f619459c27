/**
 * Generates core/proto/gen/*.ts from core/proto/schema/*.proto: `npm run generate`; `--check` only compares.
 * One emitter for all messages. The bytes are those of gogo's Go code: fields in ascending order, proto3 scalars
 * left out at zero, proto2 `required` ones always written.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

const root = fileURLToPath(new URL("../../core/proto/", import.meta.url));
const schemaFolder = join(root, "schema");
const genFolder = join(root, "gen");

/** snake_case to camelCase; `Term` to `term`, `NodeID` to `nodeID`, `ID` and `TTL` stay. */
function propertyName(name) {
  const camel = name.replace(/_([a-zA-Z])/g, (_, letter) => letter.toUpperCase());
  return /^[A-Z][a-z]/.test(camel) ? camel[0].toLowerCase() + camel.slice(1) : camel;
}

const files = readdirSync(schemaFolder)
  .filter((file) => file.endsWith(".proto"))
  .sort();
const parsed = new Map();
/** All files in one root: protobufjs knows a field's presence only after it has resolved everything. */
const whole = new protobuf.Root();
for (const file of files) {
  const text = readFileSync(join(schemaFolder, file), "utf8");
  const result = protobuf.parse(text, { keepCase: true, alternateCommentMode: true });
  protobuf.parse(text, whole, { keepCase: true });
  const about = /^((?:\/\/.*\n)+)/.exec(text)[1].replace(/^\/\/ ?/gm, "").trim();
  parsed.set(basename(file, ".proto"), {
    package: result.package,
    imports: (result.imports ?? []).map((name) => basename(name, ".proto")),
    namespace: result.root.lookup(result.package),
    about,
    proto2: /syntax = "proto2"/.test(text),
  });
}

whole.resolveAll();

/** All types of a file by the name under which the schema may use them. */
function declared(file) {
  const types = new Map();
  const visit = (thing, path) => {
    const name = [...path, thing.name].join(".");
    if (thing instanceof protobuf.Enum || thing instanceof protobuf.Type) {
      types.set(name, { thing, tsName: [...path, thing.name].join("_"), file });
      for (const nested of thing.nestedArray ?? []) visit(nested, [...path, thing.name]);
    }
  };
  for (const thing of parsed.get(file).namespace.nestedArray) visit(thing, []);
  return types;
}
const typesOf = new Map([...parsed.keys()].map((file) => [file, declared(file)]));

function resolveType(file, scope, name) {
  const tries = [];
  for (let depth = scope.length; depth >= 0; depth--) tries.push([...scope.slice(0, depth), name].join("."));
  for (const attempt of tries) if (typesOf.get(file).has(attempt)) return typesOf.get(file).get(attempt);
  for (const other of parsed.get(file).imports) {
    const plain = name.startsWith(`${parsed.get(other).package}.`) ? name.slice(parsed.get(other).package.length + 1) : name;
    if (typesOf.get(other).has(plain)) return typesOf.get(other).get(plain);
  }
  throw new Error(`${file}: unknown type ${name}`);
}

const VARINT = new Set(["int32", "int64", "uint32", "uint64", "bool", "enum"]);

function describe(file, scope, field, proto2) {
  const scalar = ["int32", "int64", "uint32", "uint64", "bool", "bytes", "string"].includes(field.type);
  const target = scalar ? undefined : resolveType(file, scope, field.type);
  const kind = scalar ? field.type : target.thing instanceof protobuf.Enum ? "enum" : "message";
  const big = (kind === "int64" || kind === "uint64") && field.options?.jstype !== "JS_NUMBER";
  const oneof = field.partOf && !field.options?.proto3_optional ? field.partOf.name : undefined;
  const always = whole.lookupType([parsed.get(file).package, ...scope].join(".")).fields[field.name].required;
  const optional = !field.repeated && !always && (kind === "message" || oneof !== undefined || proto2);
  return { name: field.name, key: propertyName(field.name), no: field.id, kind, big, oneof, optional, always, repeated: field.repeated, target };
}

const tag = (field) => field.no * 8 + (VARINT.has(field.kind) ? 0 : 2);
const tagSize = (field) => {
  let size = 1;
  for (let value = tag(field); value > 127; value = Math.floor(value / 128)) size++;
  return size;
};

function refer(target, file) {
  return target.file === file ? target.tsName : `${target.file}.${target.tsName}`;
}

function tsType(field, file) {
  const one = {
    bool: "boolean", bytes: "Buffer", string: "string", enum: "number",
    message: field.kind === "message" ? refer(field.target, file) : "",
  }[field.kind] ?? (field.big ? "bigint" : "number");
  return field.repeated ? `${one}[]` : field.optional ? `${one} | undefined` : one;
}

function zero(field, file) {
  if (field.repeated) return "[]";
  if (field.optional) return "undefined";
  if (field.kind === "message") return `${refer(field.target, file)}.create()`;
  return { bool: "false", bytes: "EMPTY", string: '""' }[field.kind] ?? (field.big ? "0n" : "0");
}

function sizeOf(field, value, file) {
  if (field.kind === "message") return `sizeDelimited(${refer(field.target, file)}.size(${value}))`;
  if (field.kind === "bool") return "1";
  if (field.kind === "bytes") return `sizeBytes(${value})`;
  if (field.kind === "string") return `sizeString(${value})`;
  if (field.big) return `sizeBig(${value})`;
  return field.kind === "uint32" || field.kind === "uint64" ? `sizeUint(${value})` : `sizeInt(${value})`;
}

function writeOf(field, value, file) {
  if (field.kind === "message") {
    const type = refer(field.target, file);
    return `writer.uint(${type}.size(${value})); ${type}.write(${value}, writer);`;
  }
  if (field.kind === "bool" || field.kind === "bytes" || field.kind === "string") return `writer.${field.kind}(${value});`;
  if (field.big) return `writer.big(${value});`;
  return `writer.${field.kind === "uint32" || field.kind === "uint64" ? "uint" : "int"}(${value});`;
}

function readOf(field, file) {
  if (field.kind === "message") return `readDelimited(${refer(field.target, file)}, reader, end)`;
  if (field.kind === "bool" || field.kind === "bytes" || field.kind === "string") return `reader.${field.kind}(end)`;
  if (field.big) return field.kind === "int64" ? "BigInt.asIntN(64, reader.big(end))" : "reader.big(end)";
  if (field.kind === "uint32") return "reader.uint32(end)";
  return field.kind === "uint64" ? "reader.uint(end)" : "reader.int(end)";
}

function present(field, value) {
  if (field.always) return undefined;
  if (field.optional) return `${value} !== undefined`;
  return { bool: value, bytes: `${value}.length > 0`, string: `${value} !== ""` }[field.kind] ?? `${value} !== ${field.big ? "0n" : "0"}`;
}

function packed(field, proto2) {
  return field.repeated && !proto2 && VARINT.has(field.kind);
}

function emitMessage(file, type, scope, proto2) {
  const tsName = [...scope, type.name].join("_");
  const fields = type.fieldsArray.map((field) => describe(file, [...scope, type.name], field, proto2));
  const byNumber = [...fields].sort((a, b) => a.no - b.no);
  const lines = [];
  lines.push(`export interface ${tsName} {`, ...fields.map((f) => `  ${f.key}: ${tsType(f, file)};`), "}");
  lines.push(`export const ${tsName}: Codec<${tsName}> = codec<${tsName}>({`);
  lines.push(`  name: "${parsed.get(file).package}.${[...scope, type.name].join(".")}",`, "  fields: [");
  for (const f of fields) {
    const extra =
      (f.oneof ? `, oneof: "${f.oneof}"` : "") +
      (f.kind === "message" ? `, message: () => ${refer(f.target, file)} as Codec<unknown>` : "") +
      (f.kind === "enum" ? `, enumeration: ${refer(f.target, file)}Enum` : "");
    lines.push(`    { no: ${f.no}, name: "${f.name}", key: "${f.key}", kind: "${f.kind}", repeated: ${f.repeated}, optional: ${f.optional}, big: ${f.big}${extra} },`);
  }
  lines.push("  ],", `  create: (init) => ({ ${fields.map((f) => `${f.key}: ${zero(f, file)}`).join(", ")}${fields.length ? ", " : ""}...init }),`);
  const message = fields.length ? "message" : "_message";
  lines.push(`  size(${message}) {`, fields.length ? "    let size = 0;" : "    return 0;");
  for (const f of byNumber) {
    const value = `message.${f.key}`;
    if (packed(f, proto2)) {
      lines.push(`    if (${value}.length > 0) { let inner = 0; for (const item of ${value}) inner += ${sizeOf(f, "item", file)}; size += ${tagSize(f)} + sizeDelimited(inner); }`);
    } else if (f.repeated) lines.push(`    for (const item of ${value}) size += ${tagSize(f)} + ${sizeOf(f, "item", file)};`);
    else {
      const test = present(f, value);
      lines.push(`    ${test ? `if (${test}) ` : ""}size += ${tagSize(f)} + ${sizeOf(f, value, file)};`);
    }
  }
  if (fields.length) lines.push("    return size;");
  lines.push("  },", `  write(${message}${fields.length ? ", writer" : ""}) {`);
  for (const f of byNumber) {
    const value = `message.${f.key}`;
    if (packed(f, proto2)) {
      lines.push(`    if (${value}.length > 0) { let inner = 0; for (const item of ${value}) inner += ${sizeOf(f, "item", file)}; writer.uint(${tag({ ...f, kind: "bytes" })}); writer.uint(inner); for (const item of ${value}) ${writeOf(f, "item", file)} }`);
    } else if (f.repeated) lines.push(`    for (const item of ${value}) { writer.uint(${tag(f)}); ${writeOf(f, "item", file)} }`);
    else {
      const test = present(f, value);
      const body = `writer.uint(${tag(f)}); ${writeOf(f, value, file)}`;
      lines.push(test ? `    if (${test}) { ${body} }` : `    ${body}`);
    }
  }
  lines.push("  },", "  read(reader, end) {", `    const message = ${tsName}.create();`);
  lines.push("    while (reader.position < end) {", "      const key = reader.uint(end);", "      switch (key) {");
  for (const f of byNumber) {
    lines.push(`        case ${tag(f)}:`);
    if (f.repeated) lines.push(`          message.${f.key}.push(${readOf(f, file)});`);
    else {
      // a oneof holds one value: the last on the wire wins
      for (const sibling of f.oneof ? fields.filter((g) => g.oneof === f.oneof && g !== f) : []) lines.push(`          message.${sibling.key} = undefined;`);
      lines.push(`          message.${f.key} = ${readOf(f, file)};`);
    }
    lines.push("          break;");
    if (f.repeated && VARINT.has(f.kind)) {
      lines.push(`        case ${tag({ ...f, kind: "bytes" })}: {`, "          const stop = reader.delimited(end);", `          while (reader.position < stop) message.${f.key}.push(${readOf(f, file).replace(/\bend\b/g, "stop")});`, "          break;", "        }");
    }
  }
  lines.push("        default:", `          reader.skip(key, end, ${tsName});`, "      }", "    }", "    return message;", "  },", "});", "");
  return lines;
}

function emitEnum(file, type, scope) {
  const tsName = [...scope, type.name].join("_");
  return [
    `export const ${tsName} = {`,
    ...Object.entries(type.values).map(([name, value]) => `  ${name}: ${value},`),
    "} as const;",
    `export const ${tsName}Enum: EnumType = { name: "${parsed.get(file).package}.${[...scope, type.name].join(".")}", values: ${tsName} };`,
    "",
  ];
}

function emitFile(file) {
  const { namespace, imports, about, proto2, package: packageName } = parsed.get(file);
  const lines = [];
  const visit = (thing, scope) => {
    for (const nested of thing.nestedArray ?? []) if (!(thing instanceof protobuf.Service)) visit(nested, [...scope, thing.name]);
    if (thing instanceof protobuf.Enum) lines.push(...emitEnum(file, thing, scope));
    else if (thing instanceof protobuf.Type) lines.push(...emitMessage(file, thing, scope, proto2));
  };
  const things = namespace.nestedArray;
  for (const thing of things.filter((t) => t instanceof protobuf.Enum)) visit(thing, []);
  for (const thing of things.filter((t) => t instanceof protobuf.Type)) visit(thing, []);
  for (const service of things.filter((t) => t instanceof protobuf.Service)) {
    lines.push(`export const ${service.name}Service = {`);
    for (const m of service.methodsArray) {
      const request = refer(resolveType(file, [], m.requestType), file);
      const response = refer(resolveType(file, [], m.responseType), file);
      lines.push(`  ${m.name}: { service: "${packageName}.${service.name}", name: "${m.name}", request: ${request}, response: ${response}, requestStream: ${Boolean(m.requestStream)}, responseStream: ${Boolean(m.responseStream)} } satisfies MethodInfo<${request}, ${response}>,`);
    }
    lines.push("} as const;", "");
  }
  const body = lines.join("\n");
  const names = ["EMPTY", "codec", "readDelimited", "sizeBig", "sizeBytes", "sizeDelimited", "sizeInt", "sizeString", "sizeUint"].filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  const types = ["Codec", "EnumType", "MethodInfo"].filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  return [
    `/** ${about.replace(/\n/g, "\n * ")}`,
    ` * Generated from schema/${file}.proto by tools/protogen; do not edit. */`,
    `import { ${[...names, ...types.map((name) => `type ${name}`)].join(", ")} } from "../wire.ts";`,
    ...imports.filter((name) => new RegExp(`\\b${name}\\.`).test(body)).map((name) => `import * as ${name} from "./${name}.ts";`),
    "",
    body,
  ].join("\n");
}

let stale = 0;
for (const file of parsed.keys()) {
  const path = join(genFolder, `${file}.ts`);
  const text = emitFile(file);
  if (process.argv.includes("--check")) {
    let current = "";
    try {
      current = readFileSync(path, "utf8");
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
    if (current !== text) {
      stale++;
      console.error(`core/proto/gen/${file}.ts differs from its schema; run: npm run generate`);
    }
  } else writeFileSync(path, text);
}
process.exitCode = stale === 0 ? 0 : 1;
