/**
 * The rules of the API that people meet: names, labels, required fields, ports, selectors, references, immutable fields, with
 * Kubernetes' own wording (pkg/apis/*\/validation, util/validation). Not every rule of every corner is here; what is refused is refused
 * with the right words.
 */
import { isDeepStrictEqual } from "node:util";
import type { FieldError, FieldErrorType, KubeObject } from "./object.ts";
import { isObject } from "./read.ts";
import { Findings, items, LABEL, LABEL_TEXT, part, qualified, SUBDOMAIN, SUBDOMAIN_TEXT, validateLabels } from "./findings.ts";
import type { Schema } from "./schema.ts";
import { RESOURCES } from "./resources.ts";
import { groupOf, messageOf } from "./table/registry.ts";
import { validatePodSpec } from "./validate-pod.ts";
import { validateSchema } from "./validate-schema.ts";

type Json = Record<string, unknown>;

const DNS_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const DNS_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
/** RBAC's names are path segments, not subdomains. */
function nameRule(object: KubeObject): "subdomain" | "label" | "dns1035" | "path" {
  if (groupOf(object.apiVersion).group === "rbac.authorization.k8s.io") return "path";
  if (object.kind === "Namespace") return "label";
  return object.kind === "Service" ? "dns1035" : "subdomain";
}

function validateMetadata(findings: Findings, object: KubeObject, namespaced: boolean | undefined): void {
  const { name, namespace, generateName, labels, annotations, ownerReferences } = object.metadata;
  const field = "metadata.name";
  if (name === undefined || name === "") {
    findings.required(field, "name or generateName is required");
    if (generateName !== undefined && generateName !== "") findings.errors.pop();
  } else {
    const rule = nameRule(object);
    if (rule === "path") {
      if (name === "." || name === "..") findings.invalid(field, name, `may not be '${name}'`);
      else if (/[/%]/.test(name)) findings.invalid(field, name, `may not contain '${name.includes("/") ? "/" : "%"}'`);
    } else if (rule === "label" || rule === "dns1035") {
      if (name.length > 63) findings.invalid(field, name, "must be no more than 63 characters");
      if (rule === "label" ? !LABEL.test(name) : !DNS_1035.test(name)) findings.invalid(field, name, rule === "label" ? LABEL_TEXT : DNS_1035_TEXT);
    } else {
      if (name.length > 253) findings.invalid(field, name, "must be no more than 253 characters");
      if (!SUBDOMAIN.test(name)) findings.invalid(field, name, SUBDOMAIN_TEXT);
    }
  }
  if (namespaced === true && (namespace === undefined || namespace === "")) findings.required("metadata.namespace");
  if (namespaced === false && namespace !== undefined && namespace !== "") {
    findings.add("FieldValueForbidden", "metadata.namespace", "not allowed on this type");
  }
  validateLabels(findings, "metadata.labels", labels);
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    qualified(findings, "metadata.annotations", key.toLowerCase());
    size += key.length + value.length;
  }
  if (size > 256 * 1024) findings.add("FieldValueTooLong", "metadata.annotations", "may not be more than 262144 bytes");
  for (const [index, owner] of (ownerReferences ?? []).entries()) {
    for (const key of ["apiVersion", "kind", "name", "uid"] as const) {
      if (owner[key] === undefined || owner[key] === "") {
        findings.invalid(`metadata.ownerReferences[${index}].${key}`, "", `${key === "apiVersion" ? "version" : key} must not be empty`);
      }
    }
  }
  if ((ownerReferences ?? []).filter((owner) => owner.controller === true).length > 1) {
    findings.invalid("metadata.ownerReferences", ownerReferences, "Only one reference can have Controller set to true");
  }
}

function validateSelector(findings: Findings, field: string, selector: Json): void {
  validateLabels(findings, `${field}.matchLabels`, selector["matchLabels"]);
  for (const [index, one] of items(selector["matchExpressions"]).entries()) {
    const path = `${field}.matchExpressions[${index}]`;
    const some = Array.isArray(one["values"]) && one["values"].length > 0;
    if (one["operator"] === "In" || one["operator"] === "NotIn") {
      if (!some) findings.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (one["operator"] === "Exists" || one["operator"] === "DoesNotExist") {
      if (some) findings.add("FieldValueForbidden", `${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else findings.invalid(`${path}.operator`, one["operator"], "not a valid selector operator");
  }
}

function matches(selector: Json, labels: Json): boolean {
  const exact = Object.entries(part(selector, "matchLabels")).every(([key, value]) => labels[key] === value);
  return (
    exact &&
    items(selector["matchExpressions"]).every(({ key, operator, values }) => {
      const value = labels[String(key)];
      const among = Array.isArray(values) && values.includes(value);
      if (operator === "In") return among;
      if (operator === "NotIn") return !among;
      return operator === "Exists" ? value !== undefined : value === undefined;
    })
  );
}

function workload(findings: Findings, object: KubeObject): void {
  const spec = part(object, "spec");
  const template = part(spec, "template");
  const labels = part(part(template, "metadata"), "labels");
  const selector = spec["selector"];
  findings.notNegative("spec.replicas", spec["replicas"]);
  findings.notNegative("spec.minReadySeconds", spec["minReadySeconds"]);
  findings.notNegative("spec.revisionHistoryLimit", spec["revisionHistoryLimit"]);
  if (!isObject(selector)) findings.required("spec.selector");
  else {
    validateSelector(findings, "spec.selector", selector);
    const empty = Object.keys(part(selector, "matchLabels")).length === 0 && items(selector["matchExpressions"]).length === 0;
    if (empty) findings.invalid("spec.selector", selector, `empty selector is invalid for ${object.kind.toLowerCase()}`);
    else if (!matches(selector, labels)) {
      findings.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
    }
  }
  validateLabels(findings, "spec.template.labels", labels);
  validatePodSpec(findings, "spec.template.spec", part(template, "spec"));
  const policy = part(template, "spec")["restartPolicy"];
  if (policy !== undefined && policy !== "Always") {
    findings.add("FieldValueNotSupported", "spec.template.spec.restartPolicy", 'supported values: "Always"', policy);
  }
  const strategy = part(spec, "strategy");
  if (object.kind === "Deployment") {
    findings.oneOf("spec.strategy.type", strategy["type"], ["Recreate", "RollingUpdate"]);
    if (strategy["type"] === "Recreate" && strategy["rollingUpdate"] !== undefined) {
      findings.add("FieldValueForbidden", "spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
    }
    const rolling = part(strategy, "rollingUpdate");
    const zero = (value: unknown): boolean => value === 0 || value === "0" || value === "0%";
    if (zero(rolling["maxSurge"]) && zero(rolling["maxUnavailable"])) {
      findings.invalid("spec.strategy.rollingUpdate.maxUnavailable", rolling["maxUnavailable"], "may not be 0 when `maxSurge` is 0");
    }
  }
}

function service(findings: Findings, object: KubeObject): void {
  const spec = part(object, "spec");
  const ports = items(spec["ports"]);
  findings.oneOf("spec.type", spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
  findings.oneOf("spec.sessionAffinity", spec["sessionAffinity"], ["ClientIP", "None"]);
  if (spec["type"] === "ExternalName") {
    if (spec["externalName"] === undefined || spec["externalName"] === "") findings.required("spec.externalName");
    return;
  }
  if (ports.length === 0 && spec["clusterIP"] !== "None") findings.required("spec.ports");
  const names = new Set<unknown>();
  for (const [index, port] of ports.entries()) {
    const path = `spec.ports[${index}]`;
    findings.port(`${path}.port`, port["port"]);
    findings.oneOf(`${path}.protocol`, port["protocol"], ["SCTP", "TCP", "UDP"]);
    if (typeof port["targetPort"] === "number") findings.port(`${path}.targetPort`, port["targetPort"]);
    if (ports.length > 1) findings.label(`${path}.name`, port["name"]);
    if (port["name"] !== undefined && names.has(port["name"])) findings.add("FieldValueDuplicate", `${path}.name`, "", port["name"]);
    names.add(port["name"]);
  }
  validateLabels(findings, "spec.selector", spec["selector"]);
}

function binding(findings: Findings, object: KubeObject): void {
  const ref = part(object, "roleRef");
  const kinds = object.kind === "ClusterRoleBinding" ? ["ClusterRole"] : ["ClusterRole", "Role"];
  findings.oneOf("roleRef.kind", ref["kind"] ?? "missing", kinds);
  findings.oneOf("roleRef.apiGroup", ref["apiGroup"], ["rbac.authorization.k8s.io"]);
  if (ref["name"] === undefined || ref["name"] === "") findings.required("roleRef.name");
  for (const [index, subject] of items(object["subjects"]).entries()) {
    const path = `subjects[${index}]`;
    if (subject["name"] === undefined || subject["name"] === "") findings.required(`${path}.name`);
    findings.oneOf(`${path}.kind`, subject["kind"] ?? "missing", ["ServiceAccount", "User", "Group"]);
    if (subject["kind"] === "ServiceAccount" && (subject["namespace"] === undefined || subject["namespace"] === "") && object.kind === "ClusterRoleBinding") {
      findings.required(`${path}.namespace`);
    }
  }
}

function role(findings: Findings, object: KubeObject): void {
  for (const [index, rule] of items(object["rules"]).entries()) {
    const some = (name: string): boolean => Array.isArray(rule[name]) && rule[name].length > 0;
    const path = `rules[${index}]`;
    if (!some("verbs")) findings.required(`${path}.verbs`, "verbs must contain at least one value");
    if (some("nonResourceURLs")) {
      if (object.kind === "Role") findings.invalid(`${path}.nonResourceURLs`, rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs");
      continue;
    }
    if (!some("apiGroups")) findings.required(`${path}.apiGroups`, "resource rules must supply at least one api group");
    if (!some("resources")) findings.required(`${path}.resources`, "resource rules must supply at least one resource");
  }
}

function definition(findings: Findings, object: KubeObject): void {
  const spec = part(object, "spec");
  const names = part(spec, "names");
  const wanted = `${String(names["plural"] ?? "")}.${String(spec["group"] ?? "")}`;
  if (object.metadata.name !== wanted) findings.invalid("metadata.name", object.metadata.name, 'must be spec.names.plural+"."+spec.group');
  if (typeof spec["group"] !== "string" || spec["group"] === "") findings.required("spec.group");
  else if (!spec["group"].includes(".")) findings.invalid("spec.group", spec["group"], "should be a domain with at least one dot");
  for (const name of ["plural", "kind"]) if (typeof names[name] !== "string" || names[name] === "") findings.required(`spec.names.${name}`);
  findings.oneOf("spec.scope", spec["scope"] ?? "missing", ["Cluster", "Namespaced"]);
  const versions = items(spec["versions"]);
  if (versions.filter((version) => version["storage"] === true).length !== 1) {
    findings.invalid("spec.versions", versions, "must have exactly one version marked as storage version");
  }
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`;
    const schema = part(version, "schema")["openAPIV3Schema"];
    if (!isObject(schema)) findings.required(`${path}.schema.openAPIV3Schema`, "schemas are required");
    else if (schema["type"] !== "object") findings.invalid(`${path}.schema.openAPIV3Schema.type`, schema["type"], "must be object at the root");
  }
}

function configuration(findings: Findings, object: KubeObject): void {
  let size = 0;
  for (const field of ["data", "binaryData", "stringData"]) {
    for (const [key, value] of Object.entries(part(object, field))) {
      if (!/^[-._a-zA-Z0-9]+$/.test(key) || key === "." || key === "..") {
        findings.invalid(
          `${field}[${key}]`,
          key,
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
        );
      }
      size += String(value).length;
    }
  }
  if (size > 1024 * 1024) findings.add("FieldValueTooLong", "", "may not be more than 1048576 bytes");
}

const RULES: Readonly<Record<string, (findings: Findings, object: KubeObject) => void>> = {
  Pod: (findings, object) => validatePodSpec(findings, "spec", part(object, "spec")),
  Deployment: workload,
  ReplicaSet: workload,
  DaemonSet: workload,
  StatefulSet: workload,
  Service: service,
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  Role: role,
  ClusterRole: role,
  ConfigMap: configuration,
  Secret: configuration,
  CustomResourceDefinition: definition,
  Lease: (findings, object) => {
    const duration = part(object, "spec")["leaseDurationSeconds"];
    if (typeof duration === "number" && duration <= 0) findings.invalid("spec.leaseDurationSeconds", duration, "must be greater than 0");
  },
  Job: (findings, object) => {
    const spec = part(part(part(object, "spec"), "template"), "spec");
    validatePodSpec(findings, "spec.template.spec", spec);
    if (spec["restartPolicy"] === "Always") {
      findings.add("FieldValueNotSupported", "spec.template.spec.restartPolicy", 'supported values: "OnFailure", "Never"', "Always");
    }
  },
};

/** What is wrong with an object that has its defaults. @param schema of a custom resource */
export function validate(object: KubeObject, schema?: Schema): FieldError[] {
  const findings = new Findings();
  const { group, version } = groupOf(object.apiVersion);
  const resource = RESOURCES.find((one) => one.kind === object.kind && one.group === group && one.version === version);
  validateMetadata(findings, object, resource?.namespaced);
  if (messageOf(object.apiVersion, object.kind) !== undefined) RULES[object.kind]?.(findings, object);
  else if (schema?.openapi !== undefined) validateSchema(schema.openapi, object, "", findings.errors);
  return findings.errors;
}

const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec.selector"],
  ReplicaSet: ["spec.selector"],
  DaemonSet: ["spec.selector"],
  Job: ["spec.selector", "spec.completions", "spec.template"],
  Secret: ["type"],
  RoleBinding: ["roleRef"],
  ClusterRoleBinding: ["roleRef"],
  CustomResourceDefinition: ["spec.group", "spec.scope", "spec.names.kind"],
};

function at(object: Json, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), object);
}

/** What may not change between `old` and `object`. */
export function validateUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const findings = new Findings();
  for (const name of ["name", "namespace", "uid", "creationTimestamp"]) {
    const value = object.metadata[name];
    if (!isDeepStrictEqual(value ?? null, old.metadata[name] ?? null)) findings.invalid(`metadata.${name}`, value, "field is immutable");
  }
  if (messageOf(object.apiVersion, object.kind) === undefined) return findings.errors;
  for (const path of IMMUTABLE[object.kind] ?? []) {
    const value = at(object, path);
    if (isDeepStrictEqual(value ?? null, at(old, path) ?? null)) continue;
    findings.invalid(path, value, path === "roleRef" ? "cannot change roleRef" : "field is immutable");
  }
  if ((object.kind === "ConfigMap" || object.kind === "Secret") && old["immutable"] === true) {
    for (const field of ["data", "binaryData"]) {
      if (!isDeepStrictEqual(object[field], old[field])) findings.add("FieldValueForbidden", field, "field is immutable when `immutable` is set");
    }
  }
  if (object.kind === "Pod" && !isDeepStrictEqual(fixedPart(object), fixedPart(old))) {
    findings.add(
      "FieldValueForbidden",
      "spec",
      "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    );
  }
  return findings.errors;
}

/** The part of a pod's spec that stands once it is made; the node is set by its binding. */
function fixedPart(pod: KubeObject): Json {
  const { activeDeadlineSeconds: _, tolerations: __, terminationGracePeriodSeconds: ___, nodeName: ____, schedulingGates: _____, ...spec } = part(pod, "spec");
  const imageless = (list: unknown): unknown => items(list).map(({ image: _image, ...rest }) => rest);
  return { ...spec, containers: imageless(spec["containers"]), initContainers: imageless(spec["initContainers"]) };
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return value === null || typeof value !== "object" ? String(value) : JSON.stringify(value);
}

const TITLES: Readonly<Record<FieldErrorType, string>> = {
  FieldValueRequired: "Required value",
  FieldValueInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  FieldValueTypeInvalid: "Invalid value",
  FieldValueNotFound: "Not found",
};

/** Without the field: what stands as the `message` of a Status cause. */
function fieldErrorDetail(error: FieldError): string {
  const title = TITLES[error.type];
  const withValue = error.value !== undefined && !["FieldValueRequired", "FieldValueForbidden", "FieldValueTooLong"].includes(error.type);
  return `${title}${withValue ? `: ${shown(error.value)}` : ""}${error.detail === "" ? "" : `: ${error.detail}`}`;
}

/** `spec.replicas: Invalid value: -1: must be greater than or equal to 0` */
export function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${fieldErrorDetail(error)}`;
}
