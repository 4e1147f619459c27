/** Finds messages: by name, and by the apiVersion and kind that an object carries. Lists of resources are made here. */
import { RESOURCES } from "../resources.ts";
import { apiextensions } from "./apiextensions.ts";
import { apps } from "./apps.ts";
import { authorization } from "./authorization.ts";
import { autoscaling } from "./autoscaling.ts";
import { batch } from "./batch.ts";
import { coordination } from "./coordination.ts";
import { coreContainer } from "./core-container.ts";
import { corePod } from "./core-pod.ts";
import { coreVolume } from "./core-volume.ts";
import { core } from "./core.ts";
import { define, type Message } from "./define.ts";
import { discovery } from "./discovery.ts";
import { events } from "./events.ts";
import { meta } from "./meta.ts";
import { policy } from "./policy.ts";
import { rbac } from "./rbac.ts";
import { scheduling } from "./scheduling.ts";
import { storage } from "./storage.ts";

/** Package of each group: the first word of a message's name. */
const PACKAGES: Readonly<Record<string, string>> = {
  "": "core",
  apps: "apps",
  batch: "batch",
  policy: "policy",
  autoscaling: "autoscaling",
  "rbac.authorization.k8s.io": "rbac",
  "coordination.k8s.io": "coordination",
  "discovery.k8s.io": "discovery",
  "events.k8s.io": "events",
  "scheduling.k8s.io": "scheduling",
  "storage.k8s.io": "storage",
  "apiextensions.k8s.io": "apiextensions",
  "authorization.k8s.io": "authorization",
};
/** Kinds of meta/v1, which every group version understands. */
const META = ["Status", "DeleteOptions"];

const messages = new Map<string, Message>();
for (const message of [
  ...meta,
  ...core,
  ...corePod,
  ...coreContainer,
  ...coreVolume,
  ...apps,
  ...batch,
  ...rbac,
  ...coordination,
  ...discovery,
  ...events,
  ...policy,
  ...scheduling,
  ...storage,
  ...apiextensions,
  ...authorization,
  ...autoscaling,
]) {
  messages.set(message.name, message);
}
for (const resource of RESOURCES) {
  const pkg = PACKAGES[resource.group];
  if (pkg === undefined || resource.storagePrefix === "") continue;
  const doc = `${resource.listKind} is a list of ${resource.kind} objects.`;
  const text = `message ${resource.listKind} ; ${doc}\n1 metadata meta.ListMeta ! ; Of the list as a whole.\n2 items []${pkg}.${resource.kind} ! required ; The objects.`;
  for (const message of define(pkg, text)) messages.set(message.name, message);
}

/** @throws RangeError for a name that the table has not: a mistake in the table */
export function messageNamed(name: string): Message {
  const message = messages.get(name);
  if (message === undefined) throw new RangeError(`no message ${name} in the table of types`);
  return message;
}

export function groupOf(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? { group: "", version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** The message that objects of this apiVersion and kind are; undefined for custom resources and unknown kinds. */
export function messageOf(apiVersion: string, kind: string): Message | undefined {
  const { group, version } = groupOf(apiVersion);
  if (META.includes(kind)) return messages.get(`meta.${kind}`);
  const pkg = PACKAGES[group];
  return version === "v1" && pkg !== undefined ? messages.get(`${pkg}.${kind}`) : undefined;
}

/** `io.k8s.api.core.v1.Pod`: what OpenAPI calls a message. */
export function definitionName(name: string): string {
  const dot = name.indexOf(".");
  const pkg = name.slice(0, dot);
  const short = name.slice(dot + 1);
  if (pkg === "meta") return `io.k8s.apimachinery.pkg.apis.meta.v1.${short}`;
  if (pkg === "apiextensions") return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.${short}`;
  return `io.k8s.api.${pkg}.v1.${short}`;
}
