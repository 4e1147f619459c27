/** The rules of a pod's spec, wherever one stands: containers, ports, environment, mounts, volumes, probes, policies. */
import { isObject } from "./read.ts";
import { parseQuantity } from "./quantity.ts";
import { items, part, validateLabels, type Findings } from "./findings.ts";

type Json = Record<string, unknown>;

function resources(findings: Findings, path: string, value: Json): void {
  const limits = part(value, "limits");
  for (const [name, request] of Object.entries(part(value, "requests"))) {
    const asked = parseQuantity(String(request));
    const most = limits[name] === undefined ? undefined : parseQuantity(String(limits[name]));
    if (asked === undefined) continue;
    if (asked.nanos < 0n) findings.invalid(`${path}.requests[${name}]`, request, "must be greater than or equal to 0");
    if (most !== undefined && asked.nanos > most.nanos) {
      findings.invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${String(limits[name])}`);
    }
  }
}

function probe(findings: Findings, path: string, value: unknown): void {
  if (!isObject(value)) return;
  const handlers = ["exec", "httpGet", "tcpSocket", "grpc"].filter((name) => value[name] !== undefined);
  if (handlers.length === 0) findings.required(path, "must specify a handler type");
  for (const name of handlers.slice(1)) findings.add("FieldValueForbidden", `${path}.${name}`, "may not specify more than 1 handler type");
  for (const name of ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]) {
    findings.notNegative(`${path}.${name}`, value[name]);
  }
}

function container(findings: Findings, path: string, one: Json, volumes: ReadonlySet<unknown>): void {
  if (one["image"] === undefined || one["image"] === "") findings.required(`${path}.image`);
  else if (typeof one["image"] === "string" && one["image"] !== one["image"].trim()) {
    findings.invalid(`${path}.image`, one["image"], "must not have leading or trailing whitespace");
  }
  findings.oneOf(`${path}.imagePullPolicy`, one["imagePullPolicy"], ["Always", "IfNotPresent", "Never"]);
  findings.oneOf(`${path}.terminationMessagePolicy`, one["terminationMessagePolicy"], ["FallbackToLogsOnError", "File"]);
  for (const [index, port] of items(one["ports"]).entries()) {
    const where = `${path}.ports[${index}]`;
    if (port["containerPort"] === undefined || port["containerPort"] === 0) findings.required(`${where}.containerPort`);
    else findings.port(`${where}.containerPort`, port["containerPort"]);
    if (port["hostPort"] !== undefined && port["hostPort"] !== 0) findings.port(`${where}.hostPort`, port["hostPort"]);
    findings.oneOf(`${where}.protocol`, port["protocol"], ["SCTP", "TCP", "UDP"]);
  }
  for (const [index, variable] of items(one["env"]).entries()) {
    const where = `${path}.env[${index}]`;
    if (variable["name"] === undefined || variable["name"] === "") findings.required(`${where}.name`);
    if (variable["valueFrom"] !== undefined && variable["value"] !== undefined && variable["value"] !== "") {
      findings.invalid(`${where}.valueFrom`, "", "may not be specified when `value` is not empty");
    }
  }
  const mounted = new Set<unknown>();
  for (const [index, mount] of items(one["volumeMounts"]).entries()) {
    const where = `${path}.volumeMounts[${index}]`;
    if (mount["name"] === undefined || mount["name"] === "") findings.required(`${where}.name`);
    else if (!volumes.has(mount["name"])) findings.add("FieldValueNotFound", `${where}.name`, "", mount["name"]);
    if (mount["mountPath"] === undefined || mount["mountPath"] === "") findings.required(`${where}.mountPath`);
    if (mounted.has(mount["mountPath"])) findings.invalid(`${where}.mountPath`, mount["mountPath"], "must be unique");
    mounted.add(mount["mountPath"]);
  }
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) probe(findings, `${path}.${name}`, one[name]);
  resources(findings, `${path}.resources`, part(one, "resources"));
}

export function validatePodSpec(findings: Findings, path: string, spec: Json): void {
  const volumes = new Set<unknown>();
  for (const [index, volume] of items(spec["volumes"]).entries()) {
    const where = `${path}.volumes[${index}]`;
    findings.label(`${where}.name`, volume["name"]);
    if (volumes.has(volume["name"])) findings.add("FieldValueDuplicate", `${where}.name`, "", volume["name"]);
    volumes.add(volume["name"]);
    const sources = Object.keys(volume).filter((name) => name !== "name");
    if (sources.length === 0) findings.required(where, "must specify a volume type");
    for (const extra of sources.slice(1)) findings.add("FieldValueForbidden", `${where}.${extra}`, "may not specify more than 1 volume type");
    const claim = volume["persistentVolumeClaim"];
    if (isObject(claim) && (claim["claimName"] === undefined || claim["claimName"] === "")) findings.required(`${where}.persistentVolumeClaim.claimName`);
    const host = volume["hostPath"];
    if (isObject(host) && (host["path"] === undefined || host["path"] === "")) findings.required(`${where}.hostPath.path`);
  }
  if (items(spec["containers"]).length === 0) findings.required(`${path}.containers`);
  const names = new Set<unknown>();
  for (const list of ["containers", "initContainers"]) {
    for (const [index, one] of items(spec[list]).entries()) {
      const where = `${path}.${list}[${index}]`;
      findings.label(`${where}.name`, one["name"]);
      if (names.has(one["name"])) findings.add("FieldValueDuplicate", `${where}.name`, "", one["name"]);
      names.add(one["name"]);
      container(findings, where, one, volumes);
    }
  }
  findings.oneOf(`${path}.restartPolicy`, spec["restartPolicy"], ["Always", "Never", "OnFailure"]);
  findings.oneOf(`${path}.dnsPolicy`, spec["dnsPolicy"], ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]);
  findings.notNegative(`${path}.terminationGracePeriodSeconds`, spec["terminationGracePeriodSeconds"]);
  validateLabels(findings, `${path}.nodeSelector`, spec["nodeSelector"]);
  for (const [index, toleration] of items(spec["tolerations"]).entries()) {
    findings.oneOf(`${path}.tolerations[${index}].operator`, toleration["operator"], ["Equal", "Exists"]);
    findings.oneOf(`${path}.tolerations[${index}].effect`, toleration["effect"], ["NoSchedule", "PreferNoSchedule", "NoExecute"]);
    if (toleration["operator"] === "Exists" && toleration["value"] !== undefined && toleration["value"] !== "") {
      findings.invalid(`${path}.tolerations[${index}].operator`, toleration["operator"], "value must be empty when `operator` is 'Exists'");
    }
  }
}
